//! The way back: what an environment did to its caller's variables, undone as far as that can be
//! known. A value that it replaced, or took away, was not kept.

use std::ffi::{OsStr, OsString};

use super::{Environment, Op, Variables, policy, without};

impl Environment {
    /// Undoes the steps for the variables of these names, which are those that were handed over
    /// to the shell. One that no step names came from an env file, or was spared.
    pub fn leave<'n>(&self, variables: &mut Variables, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            let Some(mut value) = variables.remove(OsStr::new(name)) else { continue };
            let mut is_ours = true;
            for step in self.steps.iter().rev() {
                match &step.op {
                    Op::Prepend(of, entries) | Op::Append(of, entries) if of.as_str() == name => {
                        is_ours = false;
                        value = without(&value, &entries.over(variables));
                    }
                    Op::Set(of, _) | Op::Default(of, _) if of.as_str() == name => {
                        value = OsString::new();
                        is_ours = true;
                        break;
                    }
                    Op::Unset(pattern, except) => {
                        let name = OsStr::new(name);
                        is_ours &= !(policy::matches(pattern, name) && policy::matches_any(except, name));
                    }
                    _ => {}
                }
            }
            if !is_ours && !value.is_empty() {
                variables.insert(name.into(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Origin, Step};
    use super::*;

    #[test]
    fn what_was_set_goes_and_what_was_there_stays() {
        let var = |name: &str| name.parse().unwrap();
        let ops = vec![
            Op::Unset("LD_*".into(), vec!["LD_X".into()]),
            Op::Set(var("PATH"), "/a".into()),
            Op::Append(var("PATH"), "/b".into()),
            Op::Set(var("A"), "1".into()),
            Op::Default(var("D"), "1".into()),
            Op::Prepend(var("P"), "x".into()),
            Op::Append(var("Q"), "x".into()),
        ];
        let steps = ops.into_iter().map(|op| Step { op, origin: Origin::Devshell }).collect();
        let environment = Environment { steps };
        let pairs = |text: &str| -> Variables {
            text.split(' ').map(|pair| pair.split_once('=').unwrap()).map(|(n, v)| (n.into(), v.into())).collect()
        };
        let mut variables = pairs("PATH=/a:/b A=1 D=1 P=x:y Q=x LD_X=1 FILE=f OTHER=o");
        environment.leave(&mut variables, ["PATH", "A", "D", "P", "Q", "LD_X", "FILE", "GONE"]);
        assert_eq!(variables, pairs("P=y LD_X=1 OTHER=o"));
    }
}
