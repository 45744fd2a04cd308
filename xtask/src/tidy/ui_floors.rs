//! The floors of the UI: `base`, then `api`, `kit` and `widgets`, then `features`, then `pages`; features do not import each other.

use super::{Tree, Violation};

const RULE: &str = "UI floors";
const MEND: &str = "move what both need down a floor, or let the page pass it in";

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.files() {
        let Some(inside) = file.path.strip_prefix("ui/src/") else { continue };
        if !(inside.ends_with(".ts") || inside.ends_with(".tsx")) || inside.contains(".test.") {
            continue;
        }
        for (at, line) in file.text.lines().enumerate() {
            let Some(finding) = imported(line).and_then(|target| objection(inside, target)) else { continue };
            violations.push(Violation { path: file.path.clone(), line: at + 1, rule: RULE, finding, mend: MEND });
        }
    }
    violations
}

/// Says what is wrong with a file importing a target; None when nothing is.
fn objection(inside: &str, target: &str) -> Option<String> {
    if !target.starts_with('.') {
        let folder = inside.split('/').next().unwrap_or_default();
        return match target.split('/').next().unwrap_or_default() {
            "react" | "react-dom" if folder == "base" => Some(format!("`base` imports `{target}`; it is for code without React")),
            "@ariakit" if folder != "kit" => Some(format!("`{folder}` imports `{target}`; only `kit` wraps it")),
            _ => None,
        };
    }
    let target = resolve(inside, target);
    if floor(&target) > floor(inside) {
        return Some(format!("`{inside}` imports `{target}`, which stands on a higher floor"));
    }
    match (feature(inside), feature(&target)) {
        (Some(own), Some(other)) if own != other => Some(format!("feature `{own}` imports feature `{other}`")),
        _ => None,
    }
}

/// The module a line imports: `.. from "x"`, `import "x"`, `import("x")`.
fn imported(line: &str) -> Option<&str> {
    let behind = line.split_once(" from \"").or_else(|| line.split_once("import \"")).or_else(|| line.split_once("import(\""));
    behind.and_then(|(_, rest)| rest.split('"').next())
}

/// Where a relative import leads, from `ui/src`.
fn resolve(inside: &str, target: &str) -> String {
    let mut folders: Vec<&str> = inside.split('/').collect();
    folders.pop();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => {
                folders.pop();
            }
            _ => folders.push(part),
        }
    }
    folders.join("/")
}

fn floor(inside: &str) -> usize {
    match inside.split('/').next().unwrap_or_default() {
        "base" => 0,
        // The only place that makes links; everything that draws one needs it.
        "api" | "kit" | "widgets" | "paths" | "paths.ts" => 1,
        "features" => 2,
        "pages" => 3,
        // Colours are for everyone; `main` and `router` put the pages together.
        "tokens.css" => 0,
        _ => 4,
    }
}

fn feature(inside: &str) -> Option<&str> {
    inside.strip_prefix("features/").and_then(|rest| rest.split('/').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(inside: &str, line: &str) -> usize {
        super::check(&Tree::of(&[(&format!("ui/src/{inside}"), line)])).len()
    }

    #[test]
    fn lower_floors_may_be_imported() {
        assert_eq!(check("pages/TracePage.tsx", "import { Tree } from \"../features/trace/Tree\";"), 0);
        assert_eq!(check("features/trace/Tree.tsx", "import { Button } from \"../../kit/Button\";\nimport \"./Tree.css\";"), 0);
        assert_eq!(check("widgets/Time.tsx", "import { Tooltip } from \"../kit/Tooltip\";"), 0);
    }

    #[test]
    fn higher_floors_may_not() {
        assert_eq!(check("base/time.ts", "import { x } from \"../api/client\";"), 1);
        assert_eq!(check("kit/Button.tsx", "const page = import(\"../pages/TracePage\");"), 1);
        assert_eq!(check("features/trace/Tree.tsx", "import { router } from \"../../router\";"), 1);
    }

    #[test]
    fn features_do_not_import_each_other() {
        assert_eq!(check("features/trace/Tree.tsx", "import { Row } from \"../traces/Row\";"), 1);
        assert_eq!(check("features/trace/Tree.tsx", "import { Row } from \"../trace/Row\";"), 0);
    }

    #[test]
    fn some_packages_have_a_home() {
        assert_eq!(check("base/hook.ts", "import { useState } from \"react\";"), 1);
        assert_eq!(check("widgets/Menu.tsx", "import { Menu } from \"@ariakit/react\";"), 1);
        assert_eq!(check("kit/Menu.tsx", "import { Menu } from \"@ariakit/react\";"), 0);
    }
}
