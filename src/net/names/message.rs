//! Questions to a name server and its answers, as bytes (RFC 1035, section 4; RFC 3596). Only an answer to the very
//! question that was asked is taken for one. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, ResourceRecord, TYPE};

use crate::name::is_host_name;

/// The longest chain of aliases in one answer.
const MOST_ALIASES: usize = 16;

/// Which addresses are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    V4,
    V6,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// At least one.
    Addresses(Vec<IpAddr>),
    /// The name is an alias of another one, about which the server says nothing.
    Alias(String),
    /// The name has no address of this kind.
    Nothing,
    /// There is no such name.
    NoName,
    /// Too much for a datagram.
    Truncated,
    /// The server does not know, and why.
    Failure(&'static str),
}

impl Kind {
    const fn code(self) -> TYPE {
        match self {
            Self::V4 => TYPE::A,
            Self::V6 => TYPE::AAAA,
        }
    }
}

/// A question for the addresses of a name; `None` for what is none.
pub fn question(id: u16, name: &str, kind: Kind) -> Option<Vec<u8>> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(name).ok().filter(|_| is_host_name(name))?;
    packet.questions.push(Question::new(name, QTYPE::TYPE(kind.code()), QCLASS::CLASS(CLASS::IN), false));
    packet.build_bytes_vec().ok()
}

/// Reads an answer; `None` for what is no answer to this question.
pub fn answer(bytes: &[u8], id: u16, name: &str, kind: Kind) -> Option<Answer> {
    const RESPONSE: u8 = 0x80;
    // The rest counts only when this does: anybody can send a datagram.
    if bytes.len() < 12 || bytes[..2] != id.to_be_bytes() || bytes[2] & RESPONSE == 0 {
        return None;
    }
    let asked = Name::new(name).ok()?;
    let Some(packet) = parse(bytes) else { return Some(Answer::Failure("what makes no sense")) };
    let is_asked = |question: &Question| {
        question.qname == asked
            && question.qtype == QTYPE::TYPE(kind.code())
            && question.qclass == QCLASS::CLASS(CLASS::IN)
    };
    let is_truncated = packet.has_flags(PacketFlag::TRUNCATION);
    let failure = failure(packet.rcode());
    match &packet.questions[..] {
        [question] if is_asked(question) => {}
        // A server that could not even read the question may leave it out.
        [] if failure.is_some() => {}
        _ => return None,
    }
    Some(match packet.rcode() {
        RCODE::NameError => Answer::NoName,
        _ if failure.is_some() => Answer::Failure(failure?),
        _ if is_truncated => Answer::Truncated,
        _ => addresses(&packet.answers, &asked, kind),
    })
}

/// Parses a message. Each entry takes some bytes, so that one that counts more of them than it can hold is none.
fn parse(bytes: &[u8]) -> Option<Packet<'_>> {
    let count = |index: usize| usize::from(u16::from_be_bytes([bytes[index], bytes[index + 1]]));
    let (questions, records) = (count(4), count(6) + count(8) + count(10));
    if 12 + questions * 5 + records * 11 > bytes.len() {
        return None;
    }
    Packet::parse(bytes).ok()
}

/// Why a server does not know, by the names of RFC 1035 and RFC 6895.
const fn failure(code: RCODE) -> Option<&'static str> {
    match code {
        RCODE::NoError | RCODE::NameError => None,
        RCODE::FormatError => Some("FORMERR"),
        RCODE::ServerFailure => Some("SERVFAIL"),
        RCODE::NotImplemented => Some("NOTIMP"),
        RCODE::Refused => Some("REFUSED"),
        _ => Some("an error"),
    }
}

/// Follows the aliases from the name that was asked for to its addresses.
fn addresses(records: &[ResourceRecord], asked: &Name, kind: Kind) -> Answer {
    let mut at = asked;
    for _ in 0..=MOST_ALIASES {
        let of_name = || records.iter().filter(|record| record.name == *at && record.class == CLASS::IN);
        let found: Vec<IpAddr> = of_name().filter_map(|record| address(&record.rdata, kind)).collect();
        if !found.is_empty() {
            return Answer::Addresses(found);
        }
        let alias = of_name().find_map(|record| match &record.rdata {
            RData::CNAME(alias) => Some(&alias.0),
            _ => None,
        });
        match alias {
            Some(alias) => at = alias,
            None if at == asked => return Answer::Nothing,
            None => return Answer::Alias(at.to_string()),
        }
    }
    Answer::Failure("a chain of aliases without an end")
}

fn address(data: &RData, kind: Kind) -> Option<IpAddr> {
    match (data, kind) {
        (RData::A(found), Kind::V4) => Some(Ipv4Addr::from(found.address).into()),
        (RData::AAAA(found), Kind::V6) => Some(Ipv6Addr::from(found.address).into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};
    use simple_dns::rdata::{A, AAAA, CNAME, RData, TXT};
    use simple_dns::{CLASS, Name, Packet, PacketFlag, RCODE, ResourceRecord};

    use super::{Answer, Kind, answer, question};
    use crate::name::is_host_name;

    fn name(text: &str) -> Name<'_> {
        Name::new(text).unwrap()
    }

    fn record<'a>(owner: &'a str, data: RData<'a>) -> ResourceRecord<'a> {
        ResourceRecord::new(name(owner), CLASS::IN, 60, data)
    }

    fn alias<'a>(owner: &'a str, target: &'a str) -> ResourceRecord<'a> {
        record(owner, RData::CNAME(CNAME(name(target))))
    }

    fn v4(owner: &str, last: u32) -> ResourceRecord<'_> {
        record(owner, RData::A(A { address: 0x0a00_0000 + last }))
    }

    /// The bytes of an answer to the question for `a.example`, changed.
    fn bytes(change: impl FnOnce(&mut Packet)) -> Vec<u8> {
        let asked = question(7, "a.example", Kind::V4).unwrap();
        let mut packet = Packet::parse(&asked).unwrap().into_reply();
        change(&mut packet);
        packet.build_bytes_vec_compressed().unwrap()
    }

    fn read(change: impl FnOnce(&mut Packet)) -> Option<Answer> {
        answer(&bytes(change), 7, "A.Example", Kind::V4)
    }

    fn addresses(texts: &[&str]) -> Answer {
        Answer::Addresses(texts.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn aliases_lead_to_addresses_in_whatever_order_they_come() {
        assert_eq!(
            read(|packet| packet.answers = vec![v4("a.example", 1), v4("a.example", 2)]),
            Some(addresses(&["10.0.0.1", "10.0.0.2"]))
        );
        let chain = [v4("c.example", 1), alias("b.example", "C.example"), alias("a.example", "b.example")];
        assert_eq!(read(|packet| packet.answers = chain.to_vec()), Some(addresses(&["10.0.0.1"])));
        // What is about another name, or of another kind or class, is no answer.
        assert_eq!(read(|packet| packet.answers = vec![v4("b.example", 1)]), Some(Answer::Nothing));
        let other = record("a.example", RData::AAAA(AAAA { address: 1 }));
        assert_eq!(read(|packet| packet.answers = vec![other]), Some(Answer::Nothing));
        let chaos = ResourceRecord::new(name("a.example"), CLASS::CH, 60, RData::A(A { address: 1 }));
        assert_eq!(read(|packet| packet.answers = vec![chaos]), Some(Answer::Nothing));
        assert_eq!(read(|packet| packet.additional_records = vec![v4("a.example", 1)]), Some(Answer::Nothing));
        let half = vec![alias("a.example", "b.example")];
        assert_eq!(read(|packet| packet.answers = half), Some(Answer::Alias("b.example".to_owned())));
        let circle = vec![alias("a.example", "b.example"), alias("b.example", "a.example")];
        assert!(matches!(read(|packet| packet.answers = circle), Some(Answer::Failure(_))));
        let asked = question(7, "a.example", Kind::V6).unwrap();
        let mut packet = Packet::parse(&asked).unwrap().into_reply();
        packet.answers = vec![v4("a.example", 1), record("a.example", RData::AAAA(AAAA { address: 1 }))];
        let found = answer(&packet.build_bytes_vec().unwrap(), 7, "a.example", Kind::V6);
        assert_eq!(found, Some(addresses(&["::1"])));
    }

    #[test]
    fn what_a_server_does_not_know_is_told_apart() {
        for (code, expected) in [
            (RCODE::NameError, Answer::NoName),
            (RCODE::ServerFailure, Answer::Failure("SERVFAIL")),
            (RCODE::Refused, Answer::Failure("REFUSED")),
            (RCODE::FormatError, Answer::Failure("FORMERR")),
            (RCODE::NotImplemented, Answer::Failure("NOTIMP")),
            (RCODE::NOTAUTH, Answer::Failure("an error")),
        ] {
            assert_eq!(read(|packet| *packet.rcode_mut() = code), Some(expected));
        }
        assert_eq!(read(|packet| packet.set_flags(PacketFlag::TRUNCATION)), Some(Answer::Truncated));
        let bare = |packet: &mut Packet| {
            packet.questions.clear();
            *packet.rcode_mut() = RCODE::FormatError;
        };
        assert_eq!(read(bare), Some(Answer::Failure("FORMERR")));
    }

    #[test]
    fn what_answers_another_question_is_no_answer() {
        let good = bytes(|packet| packet.answers = vec![v4("a.example", 1)]);
        assert!(answer(&good, 7, "a.example", Kind::V4).is_some());
        assert_eq!(answer(&good, 8, "a.example", Kind::V4), None, "another id");
        assert_eq!(answer(&good, 7, "b.example", Kind::V4), None, "another name");
        assert_eq!(answer(&good, 7, "a.example", Kind::V6), None, "another kind");
        assert_eq!(answer(&question(7, "a.example", Kind::V4).unwrap(), 7, "a.example", Kind::V4), None, "a question");
        assert_eq!(read(|packet| packet.questions.clear()), None, "no question");
        assert_eq!(answer(&good[..11], 7, "a.example", Kind::V4), None, "too short");
        assert!(matches!(answer(&good[..20], 7, "a.example", Kind::V4), Some(Answer::Failure(_))), "cut off");
        let mut many = good.clone();
        many[6..12].fill(0xff);
        assert!(matches!(answer(&many, 7, "a.example", Kind::V4), Some(Answer::Failure(_))), "more than there can be");
    }

    #[test]
    fn only_what_can_be_a_name_is_asked_for() {
        let (label, long) = ("a".repeat(63), "a.".repeat(126));
        for (text, expected) in [
            ("a", true),
            ("a-b.c_d.example", true),
            (label.as_str(), true),
            (&format!("{long}a"), true),
            (&format!("{long}aa"), false),
            (&format!("{label}a"), false),
            ("", false),
            ("a..b", false),
            (".a", false),
            ("a.", false),
            (r"a\.b", false),
            ("a b", false),
            ("a\u{fc}", false),
        ] {
            assert_eq!(is_host_name(text), expected, "{text}");
            assert_eq!(question(1, text, Kind::V4).is_some(), expected, "{text}");
        }
    }

    /// Damaged answers: none panics, and none is taken for an answer with another id.
    #[test]
    fn damaged_answers_end_well() {
        let mut random = rand::rngs::StdRng::seed_from_u64(1);
        let whole = bytes(|packet| {
            packet.answers = vec![alias("a.example", "b.example"), v4("b.example", 1), v4("b.example", 2)];
            packet.name_servers = vec![record("example", RData::TXT(TXT::new().with_string("x=y").unwrap()))];
        });
        assert_eq!(answer(&whole, 7, "a.example", Kind::V4), Some(addresses(&["10.0.0.1", "10.0.0.2"])));
        for _ in 0..20_000 {
            let mut damaged = whole.clone();
            for _ in 0..random.gen_range(1..6) {
                let index = random.gen_range(0..damaged.len());
                damaged[index] = random.r#gen();
            }
            damaged.truncate(random.gen_range(0..=whole.len()));
            let read = answer(&damaged, 7, "a.example", Kind::V4);
            assert!(read.is_none() || damaged[..2] == [0, 7]);
        }
    }
}
