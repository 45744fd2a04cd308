//! The web UI: files built by Vite, compressed beforehand and embedded.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$CLEW_UI_DIST"]
struct Assets;

/// Nothing from outside, no inline script, no frame around us: trace content is hostile text.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Answers a file of the UI; any other path of a page gets the shell, which finds its way by the address.
pub(crate) async fn serve(request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.')) && !is_page(path);
    match (is_file, Assets::get(path)) {
        (_, Some(_)) if !path.is_empty() => file(path, request.headers()),
        (true, _) => StatusCode::NOT_FOUND.into_response(),
        (false, _) => file("index.html", request.headers()),
    }
}

/// Addresses of pages may hold dots, in the names of projects, users and sessions.
fn is_page(path: &str) -> bool {
    ["p/", "t/", "s/", "u/"].iter().any(|prefix| path.starts_with(prefix))
}

fn file(path: &str, headers: &HeaderMap) -> Response {
    let Some((encoding, found)) = best(path, headers) else { return StatusCode::NOT_FOUND.into_response() };
    let etag = etag_of(&found);
    let unchanged = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = if unchanged { StatusCode::NOT_MODIFIED.into_response() } else { found.data.into_response() };
    let fixed = [
        (header::CONTENT_TYPE, content_type(path)),
        (header::CACHE_CONTROL, cache_control(path)),
        (header::VARY, "accept-encoding"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if let Some(encoding) = encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    insert_text(&mut response, header::ETAG, &etag);
    response
}

fn insert_text(response: &mut Response, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(name, value);
    }
}

/// Picks the smallest form the browser takes.
fn best(path: &str, headers: &HeaderMap) -> Option<(Option<&'static str>, EmbeddedFile)> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (name, suffix) in [("br", "br"), ("gzip", "gz")] {
        let takes_it = accepted.split(',').any(|offer| offer.trim().split(';').next() == Some(name));
        if let Some(found) = takes_it.then(|| Assets::get(&format!("{path}.{suffix}"))).flatten() {
            return Some((Some(name), found));
        }
    }
    Some((None, Assets::get(path)?))
}

fn etag_of(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let short: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{short}\"")
}

/// Vite puts a content hash into the name of everything under `assets/`.
fn cache_control(path: &str) -> &'static str {
    if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
