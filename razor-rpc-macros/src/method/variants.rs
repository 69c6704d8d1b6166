//! Methods with arguments that exist on a condition: one method without conditions for each case.
//!
//! The message depends on the number of arguments, and a macro does not know which conditions hold; the compiler then
//! keeps one of the cases. Does not know what is generated from them.

use super::{Arg, Method};
use crate::conditions;
use crate::errors::Errors;
use proc_macro2::TokenStream;
use syn::{FnArg, parse_quote};

/// The most different conditions on the arguments of a method: each condition doubles the number of cases.
const MAX_CONDITIONS: usize = 4;

impl Method {
    /// This method for each case of the conditions on its arguments: the method itself, if there are no conditions.
    pub(crate) fn variants(self) -> Vec<Self> {
        let conditions = conditions(&self.args);
        if conditions.len() > MAX_CONDITIONS {
            return vec![self];
        }
        (0..1_usize << conditions.len())
            .map(|case| self.variant(&conditions, |at| case >> at & 1 == 0))
            .collect()
    }

    /// The case in which the condition at each index holds, or does not hold, as `holds` returns.
    fn variant(&self, conditions: &[String], holds: impl Fn(usize) -> bool) -> Self {
        let mut method = self.clone();
        for (at, text) in conditions.iter().enumerate() {
            let predicate: TokenStream = text.parse().unwrap_or_default();
            method.cfgs.push(if holds(at) {
                parse_quote!(#[cfg(#predicate)])
            } else {
                parse_quote!(#[cfg(not(#predicate))])
            });
        }
        let exists = |arg: &Arg| {
            condition(arg).is_none_or(|text| {
                conditions.iter().position(|one| *one == text).is_some_and(&holds)
            })
        };
        let mut there = self.args.iter().map(exists);
        let inputs = self.sig.inputs.iter();
        let inputs = inputs.filter(|input| is_always_there(input) || there.next().unwrap_or(true));
        method.sig.inputs = inputs.cloned().collect();
        method.args.retain(exists);
        method
    }
}

/// Whether it is none of the arguments that are sent.
fn is_always_there(input: &FnArg) -> bool {
    match input {
        FnArg::Receiver(_) => true,
        FnArg::Typed(arg) => super::is_context(&arg.ty),
    }
}

/// Reports more conditions than a method may have.
pub(super) fn check(args: &[Arg], errors: &mut Errors) {
    if conditions(args).len() > MAX_CONDITIONS
        && let Some(last) = args.iter().rfind(|arg| !arg.cfgs.is_empty())
    {
        errors.at(
            &last.name,
            "the arguments of a method have at most 4 different conditions: put them in a struct",
        );
    }
}

/// The different conditions on these arguments.
fn conditions(args: &[Arg]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for condition in args.iter().filter_map(condition) {
        if !found.contains(&condition) {
            found.push(condition);
        }
    }
    found
}

/// The condition of an argument; `None` if it has none.
fn condition(arg: &Arg) -> Option<String> {
    (!arg.cfgs.is_empty()).then(|| conditions::all(&arg.cfgs).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{flat, messages};
    use quote::quote;
    use syn::Signature;

    /// Each case: its conditions, its signature, its message.
    fn cases(sig: &Signature) -> (Vec<[String; 3]>, Vec<String>) {
        let mut errors = Errors::default();
        let method = Method::new(&[], sig, &mut errors);
        let cases = method.variants().into_iter().map(|method| {
            let (cfgs, sig) = (&method.cfgs, &method.sig.inputs);
            [flat(&quote!(#(#cfgs)*)), flat(&quote!(#sig)), flat(&method.sent())]
        });
        (cases.collect(), messages(&errors.into_tokens()))
    }

    #[test]
    fn each_case_sends_the_arguments_that_it_has() {
        let sig = parse_quote!(async fn f(&self, #[cfg(a)] x: u8, y: u8, #[cfg(a)] z: u8) -> R);
        let (found, told) = cases(&sig);
        assert_eq!(told, Vec::<String>::new());
        let [with, without] = &found[..] else { panic!("one condition has two cases: {found:?}") };
        assert_eq!(with[0], "#[cfg(all(a))]");
        assert_eq!(with[2], "(x,y,z)");
        assert_eq!(*without, ["#[cfg(not(all(a)))]", "&self,y:u8", "y"].map(String::from));
    }

    #[test]
    fn two_conditions_have_four_cases_and_none_has_one() {
        let sig = parse_quote!(async fn f(&self, #[cfg(a)] x: u8, #[cfg(b)] y: u8) -> R);
        let sent: Vec<_> = cases(&sig).0.into_iter().map(|case| case[2].clone()).collect();
        assert_eq!(sent, ["(x,y)", "y", "x", "()"]);
        let sig = parse_quote!(async fn f(&self, x: u8) -> R);
        assert_eq!(cases(&sig).0, [["", "&self,x:u8", "x"].map(String::from)]);
    }

    #[test]
    fn the_fifth_condition_is_one_too_many() {
        let sig = parse_quote!(
            async fn f(
                &self,
                #[cfg(a)] a: u8,
                #[cfg(b)] b: u8,
                #[cfg(c)] c: u8,
                #[cfg(d)] d: u8,
                #[cfg(e)] e: u8,
            ) -> R
        );
        let (found, told) = cases(&sig);
        assert_eq!(found.len(), 1);
        assert!(told[0].contains("at most 4"), "{told:?}");
    }
}
