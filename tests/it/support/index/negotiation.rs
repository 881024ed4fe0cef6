//! Which of several media types a client likes best (RFC 9110, section 12.5.1).

/// The one of the highest quality, the first of `offers` among equals; `None` if none will do.
pub fn best(accept: &str, offers: &[&'static str]) -> Option<&'static str> {
    let accept = if accept.is_empty() { "*/*" } else { accept };
    let mut best: Option<(&str, f32)> = None;
    for offer in offers {
        let quality = quality(accept, offer);
        if quality > best.map_or(0.0, |(_, quality)| quality) {
            best = Some((offer, quality));
        }
    }
    best.map(|(offer, _)| offer)
}

/// What the most particular range that includes the type says of it.
fn quality(accept: &str, offer: &str) -> f32 {
    let main = offer.split('/').next().unwrap_or_default();
    let ranges = accept.split(',').filter_map(|one| {
        let mut parts = one.split(';').map(str::trim);
        let precision = match parts.next()? {
            range if range.eq_ignore_ascii_case(offer) => 2,
            range if range.strip_suffix("/*") == Some(main) => 1,
            "*/*" => 0,
            _ => return None,
        };
        let quality = parts.find_map(|parameter| parameter.strip_prefix("q=")?.parse().ok());
        Some((precision, quality.unwrap_or(1.0)))
    });
    ranges.max_by_key(|(precision, _)| *precision).map_or(0.0, |(_, quality)| quality)
}
