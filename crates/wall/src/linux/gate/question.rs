//! Questions about names, and answers to them (RFC 1035, section 4). Nothing is passed on to any other server.

use std::net::Ipv4Addr;

use simple_dns::rdata::{A, RData};
use simple_dns::{CLASS, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE};

/// How long an answer holds, in seconds.
const LIFETIME: u32 = 600;

/// What is said about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Address(Ipv4Addr),
    /// There is such a name, but nothing of the kind that was asked for.
    Nothing,
    NoName,
    /// Not now.
    Failure,
}

/// A question for one name.
pub struct Question<'q> {
    packet: Packet<'q>,
    /// In small letters, without a dot at the end.
    pub name: String,
    /// Whether it is for an address of version 4 of the internet protocol.
    pub is_for_address: bool,
    /// Whether it is for one of version 6, which programs ask for besides.
    pub is_for_other_address: bool,
}

impl<'q> Question<'q> {
    /// Nothing for what is no question.
    pub fn of(bytes: &'q [u8]) -> Option<Self> {
        let packet = Packet::parse(bytes).ok().filter(|packet| !packet.has_flags(PacketFlag::RESPONSE))?;
        let [question] = packet.questions.as_slice() else { return None };
        let name = question.qname.to_string().trim_end_matches('.').to_ascii_lowercase();
        let (is_for_address, is_for_other_address) =
            (question.qtype == QTYPE::TYPE(TYPE::A), question.qtype == QTYPE::TYPE(TYPE::AAAA));
        Some(Self { packet, name, is_for_address, is_for_other_address })
    }

    pub fn answer(&self, said: Said) -> Option<Vec<u8>> {
        let mut answer = Packet::new_reply(self.packet.id());
        answer.questions.clone_from(&self.packet.questions);
        answer.set_flags(PacketFlag::RECURSION_AVAILABLE);
        if self.packet.has_flags(PacketFlag::RECURSION_DESIRED) {
            answer.set_flags(PacketFlag::RECURSION_DESIRED);
        }
        match said {
            Said::Address(address) => {
                let name = self.packet.questions.first()?.qname.clone();
                let data = RData::A(A::from(address));
                answer.answers.push(ResourceRecord::new(name, CLASS::IN, LIFETIME, data));
            }
            Said::Nothing => {}
            Said::NoName => *answer.rcode_mut() = RCODE::NameError,
            Said::Failure => *answer.rcode_mut() = RCODE::ServerFailure,
        }
        answer.build_bytes_vec_compressed().ok()
    }
}

#[cfg(test)]
mod tests {
    use simple_dns::{Name, QCLASS, Question as Asked};

    use super::*;

    fn query(name: &str, kind: TYPE) -> Vec<u8> {
        let mut packet = Packet::new_query(7);
        packet.set_flags(PacketFlag::RECURSION_DESIRED);
        let name = Name::new(name).unwrap();
        packet.questions.push(Asked::new(name, QTYPE::TYPE(kind), QCLASS::CLASS(CLASS::IN), false));
        packet.build_bytes_vec().unwrap()
    }

    #[test]
    fn answers_are_to_the_question() {
        let bytes = query("One.Example", TYPE::A);
        let question = Question::of(&bytes).unwrap();
        assert_eq!((question.name.as_str(), question.is_for_address), ("one.example", true));
        let address = Ipv4Addr::new(198, 18, 1, 0);
        for (said, code, count) in [
            (Said::Address(address), RCODE::NoError, 1),
            (Said::Nothing, RCODE::NoError, 0),
            (Said::NoName, RCODE::NameError, 0),
            (Said::Failure, RCODE::ServerFailure, 0),
        ] {
            let bytes = question.answer(said).unwrap();
            let answer = Packet::parse(&bytes).unwrap();
            assert_eq!((answer.id(), answer.rcode(), answer.answers.len()), (7, code, count), "{said:?}");
            assert!(answer.has_flags(PacketFlag::RESPONSE | PacketFlag::RECURSION_DESIRED));
            assert_eq!(answer.questions.len(), 1);
            if let [record] = answer.answers.as_slice() {
                assert_eq!(record.rdata, RData::A(A::from(address)));
            }
        }
    }

    #[test]
    fn what_is_no_question_gets_no_answer() {
        let question = query("one.example", TYPE::AAAA);
        assert!(Question::of(&question).is_some_and(|question| question.is_for_other_address));
        for length in 0..question.len() {
            assert!(Question::of(&question[..length]).is_none(), "{length}");
        }
        let mut answer = question;
        answer[2] |= 0x80;
        assert!(Question::of(&answer).is_none());
    }
}
