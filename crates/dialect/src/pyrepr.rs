//! Python literals: what `str()` and `repr()` make of a value, seen where an exporter forgot to write JSON.

use serde_json::{Map, Number, Value};

use crate::limits::VALUE_DEPTH_MAX;

/// Reads a Python dict, list, tuple, text, number, constant, enum member or object with named fields; None for anything else.
pub(crate) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text.trim() };
    let value = reader.value(0)?;
    reader.rest.trim().is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > VALUE_DEPTH_MAX {
            return None;
        }
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '{' => self.dict(depth),
            '[' => self.list(']', depth),
            '(' => self.list(')', depth),
            quote @ ('\'' | '"') => self.text(quote).map(Value::String),
            '<' => self.member(depth),
            _ if self.rest[self.name_length()..].starts_with('(') => self.object(depth),
            _ => self.word(),
        }
    }

    fn dict(&mut self, depth: usize) -> Option<Value> {
        self.skip(1);
        let mut map = Map::new();
        while !self.take('}') {
            let key = self.value(depth + 1)?;
            if !self.take(':') {
                return None;
            }
            let value = self.value(depth + 1)?;
            map.insert(key.as_str().map_or_else(|| key.to_string(), str::to_owned), value);
            if !self.take(',') && !self.rest.trim_start().starts_with('}') {
                return None;
            }
        }
        Some(Value::Object(map))
    }

    fn list(&mut self, close: char, depth: usize) -> Option<Value> {
        self.skip(1);
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.value(depth + 1)?);
            if !self.take(',') && !self.rest.trim_start().starts_with(close) {
                return None;
            }
        }
        Some(Value::Array(items))
    }

    /// `Name(field=value, ...)`: its fields.
    fn object(&mut self, depth: usize) -> Option<Value> {
        self.skip(self.name_length() + 1);
        let mut map = Map::new();
        while !self.take(')') {
            let field = self.rest[..self.name_length()].to_owned();
            self.skip(field.len());
            if field.is_empty() || !self.take('=') {
                return None;
            }
            map.insert(field, self.value(depth + 1)?);
            if !self.take(',') && !self.rest.trim_start().starts_with(')') {
                return None;
            }
            self.rest = self.rest.trim_start();
        }
        Some(Value::Object(map))
    }

    /// `<Role.USER: 'user'>`: the value.
    fn member(&mut self, depth: usize) -> Option<Value> {
        self.skip(1);
        self.skip(self.name_length());
        if !self.take(':') {
            return None;
        }
        let value = self.value(depth + 1)?;
        self.take('>').then_some(value)
    }

    /// Bytes of the name at the head of the rest.
    fn name_length(&self) -> usize {
        self.rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count()
    }

    fn text(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, character)) = chars.next() {
            match character {
                '\\' => match chars.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    other => text.push(other),
                },
                _ if character == quote => {
                    self.skip(at + quote.len_utf8());
                    return Some(text);
                }
                _ => text.push(character),
            }
        }
        None
    }

    fn word(&mut self) -> Option<Value> {
        let end = self.rest.find([',', '}', ']', ')', ':', ' ', '>']).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        let value = match word {
            "None" => Value::Null,
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            _ => word.parse::<i64>().map(Value::from).ok().or_else(|| Number::from_f64(word.parse().ok()?).map(Value::Number))?,
        };
        self.skip(end);
        Some(value)
    }

    fn take(&mut self, wanted: char) -> bool {
        self.rest = self.rest.trim_start();
        let found = self.rest.starts_with(wanted);
        if found {
            self.skip(wanted.len_utf8());
        }
        found
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dict_of_all_literals_is_read() {
        let text = "{'audio': 0, 'x': None, 'l': [True, 1.5, 'it\\'s'], \"t\": (1, 2), 'e': {}}";
        assert_eq!(parse(text), Some(json!({"audio": 0, "x": null, "l": [true, 1.5, "it's"], "t": [1, 2], "e": {}})));
    }

    #[test]
    fn an_object_is_its_fields() {
        let text = "ToolCall(tool_name='get', tool_kwargs={'id': 7}, role=<Role.USER: 'user'>, empty=Empty())";
        assert_eq!(parse(text), Some(json!({"tool_name": "get", "tool_kwargs": {"id": 7}, "role": "user", "empty": {}})));
    }

    #[test]
    fn what_is_no_literal_is_none() {
        for text in ["", "{", "{'a'}", "Foo(1)", "Foo(x=1", "<a>", "<a: 1", "StopEvent(result='x...", "[1 2]", "'open", "{'a': 1} x"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"[".repeat(100_000)), None);
        assert_eq!(parse(&"A(a=".repeat(100_000)), None);
    }
}
