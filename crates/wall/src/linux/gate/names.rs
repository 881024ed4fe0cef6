//! The addresses that names have inside. Each name that is asked for gets one, and keeps it.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use super::addresses;

#[derive(Default)]
pub struct Names(HashMap<String, Ipv4Addr>);

impl Names {
    /// The address of a name, and whether it is a new one. `None` if there are too many.
    pub fn address(&mut self, name: &str) -> Option<(Ipv4Addr, bool)> {
        if let Some(address) = self.0.get(name) {
            return Some((*address, false));
        }
        let number = u32::try_from(self.0.len()).ok().filter(|number| *number < addresses::MOST)?;
        let address = addresses::of_name(number);
        self.0.insert(name.to_owned(), address);
        Some((address, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_address() {
        let mut names = Names::default();
        let (one, is_new) = names.address("one.example").unwrap();
        assert!(is_new);
        assert_ne!(names.address("two.example").unwrap().0, one);
        assert_eq!(names.address("one.example"), Some((one, false)));
        for number in 2..addresses::MOST {
            assert!(names.address(&number.to_string()).is_some());
        }
        assert_eq!(names.address("one.too.many"), None);
    }
}
