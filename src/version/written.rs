//! A requirement as ecosystems write it: npm's ranges, and the specifiers of PEP 440.

use super::{Comparator, OPERATORS, Operator, Requirement, Scheme, numbers};

impl Requirement {
    /// The requirement as npm writes it: all comparators of a range must hold.
    pub fn to_npm(&self) -> String {
        let comparators = self.comparators.iter().map(|Comparator { operator, version }| {
            let sign = OPERATORS.iter().find(|(_, known)| known == operator).map_or("", |(sign, _)| sign);
            format!("{sign}{version}")
        });
        if self.is_any() { "*".to_owned() } else { comparators.collect::<Vec<_>>().join(" ") }
    }

    /// The requirement as PEP 440 writes it; empty when every version is accepted.
    pub fn to_pep440(&self) -> String {
        self.comparators.iter().map(Comparator::to_pep440).collect::<Vec<_>>().join(",")
    }
}

impl Comparator {
    /// The comparator as PEP 440 writes it ("Version specifiers").
    fn to_pep440(&self) -> String {
        let Self { operator, version } = self;
        let wanted = numbers(version);
        let dotted = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
        let is_plain = !self.is_beyond_numbers(Scheme::Pep440);
        match operator {
            Operator::Prefix if is_plain => format!("=={version}.*"),
            Operator::Prefix | Operator::Exactly | Operator::Channel => format!("=={version}"),
            Operator::Above if is_plain => format!(">{version},!={version}.*"),
            Operator::Above => format!(">{version}"),
            Operator::AtLeast => format!(">={version}"),
            Operator::Below => format!("<{version}"),
            // `<=3.3` means all of its patches too.
            Operator::AtMost if is_plain => {
                let (last, first) = wanted.split_last().unwrap_or((&0, &[]));
                format!("<{}", dotted(&[first, &[last.saturating_add(1)]].concat()))
            }
            Operator::AtMost => format!("<={version}"),
            Operator::Caret => {
                let fixed = wanted.iter().take_while(|n| **n == 0).count() + 1;
                format!(">={version},=={}.*", dotted(&wanted[..fixed.min(wanted.len())]))
            }
            Operator::Tilde => format!(">={version},=={}.*", dotted(&wanted[..wanted.len().min(2)])),
        }
    }
}
