//! The provider: one canonical name. The name of a framework says nothing about who answered.

use crate::facts::Facts;
use crate::json;
use crate::table::{Field, Providers, Reading};

/// Returns the canonical provider. A name no table knows is kept, where no other place tells more.
///
/// The name of a framework found on the way is handed back beside it.
pub(crate) fn read(facts: &Facts<'_>, providers: &Providers, notes: &mut Vec<String>) -> (Option<String>, Option<String>) {
    let (mut unknown, mut framework) = (None, None);
    for candidate in facts.of(Field::Provider) {
        let Some(text) = facts.value(candidate).and_then(|value| json::text_of(&json::decoded(value))) else { continue };
        if candidate.rule.row.reading == Reading::Host {
            match by_host(&text, providers) {
                Some(provider) => {
                    facts.take(candidate);
                    return (Some(provider), framework);
                }
                None => continue,
            }
        }
        let name = text.trim().to_ascii_lowercase();
        if let Some(provider) = by_alias(&name, providers) {
            facts.take(candidate);
            return (Some(provider), framework);
        }
        if providers.frameworks.contains(&name) {
            notes.push(format!("`{name}` is a framework, no provider"));
            framework.get_or_insert(name);
        } else if unknown.is_none() {
            facts.take(candidate);
            unknown = name.split('/').next().map(str::to_owned);
        }
    }
    (unknown, framework)
}

/// `openai.chat` and `openai/gpt-4o` are `openai`: AI SDKs append the interface, Genkit the model.
fn by_alias(name: &str, providers: &Providers) -> Option<String> {
    let head = name.split(['.', '/']).next().unwrap_or(name);
    providers
        .aliases
        .get(name)
        .or_else(|| providers.aliases.get(head).filter(|_| !providers.frameworks.iter().any(|framework| framework == name)))
        .cloned()
}

fn by_host(address: &str, providers: &Providers) -> Option<String> {
    let host = address.split("://").last()?.split(['/', ':', '?']).next()?.to_ascii_lowercase();
    let ends = |ending: &str| host.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', '-']));
    providers.hosts.iter().find(|(ending, _)| ends(ending)).map(|(_, provider)| provider.clone())
}
