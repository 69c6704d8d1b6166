//! A method of a service: how it is written, which message it sends, and whether it can be called over a wire.
//!
//! The rules are the same for the trait and for its implementation. Does not know what is generated from it.

mod variants;

use crate::conditions::{conditions, said};
use crate::errors::Errors;
use crate::peel;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{
    Attribute, FnArg, GenericArgument, GenericParam, Ident, LitStr, Pat, PatType, Path,
    PathArguments, ReceiverKind, ReturnType, Safety, Signature, Token, Type, TypeParamBound,
};

/// How a method is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `async fn`
    Async,
    /// `fn … -> impl Future`
    Future,
    /// `fn … -> Pin<Box<dyn Future>>`, which is what `#[async_trait]` makes.
    Boxed,
    /// None of these; the mistake has been reported.
    Wrong,
}

/// A method of a service.
#[derive(Clone)]
pub(crate) struct Method {
    /// The conditions under which it exists.
    pub(crate) cfgs: Vec<Attribute>,
    /// Its documentation, its deprecation and its lints.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) sig: Signature,
    pub(crate) shape: Shape,
    /// Its first argument, if that is a `CallContext`, which is not sent.
    pub(crate) context: Option<Arg>,
    /// Its arguments, without `&self` and the context: what is sent.
    pub(crate) args: Vec<Arg>,
}

#[derive(Clone)]
pub(crate) struct Arg {
    /// The conditions under which it exists.
    cfgs: Vec<Attribute>,
    /// The name of the argument, or an invented one if the argument is a pattern.
    pub(crate) name: Ident,
    pub(crate) ty: Type,
}

/// serde implements its traits for tuples up to this length.
const MAX_ARGS: usize = 16;

impl Method {
    /// Makes the method with this signature, and reports the mistakes in it.
    pub(crate) fn new(attrs: &[Attribute], sig: &Signature, errors: &mut Errors) -> Self {
        check_qualifiers(sig, errors);
        check_receiver(sig, errors);
        let shape = shape(sig, errors);
        check_generics(sig, shape, errors);
        let (context, args) = args(sig, errors);
        variants::check(&args, errors);
        Self {
            cfgs: conditions(attrs),
            docs: said(attrs, &["doc", "deprecated", "allow"]),
            sig: sig.clone(),
            shape,
            context,
            args,
        }
    }

    /// `self` with the scope that the body of the method has.
    pub(crate) fn this(&self) -> Token![self] {
        self.sig.receiver().map_or_else(Default::default, |receiver| receiver.self_token)
    }

    /// Its name on the wire.
    pub(crate) fn wire_name(&self) -> LitStr {
        LitStr::new(&self.sig.ident.unraw().to_string(), self.sig.ident.span())
    }

    /// The type that a call yields in the end; `None` if the method returns nothing, which is a mistake.
    pub(crate) fn result(&self) -> Option<&Type> {
        let ReturnType::Type(_, output) = &self.sig.output else { return None };
        let future = match (self.shape, peel::ty(output)) {
            (Shape::Future, Type::ImplTrait(future)) => future_output(&future.bounds),
            (Shape::Boxed, Type::Path(path)) => boxed_output(&path.path),
            _ => None,
        };
        Some(future.unwrap_or(output))
    }

    /// The message: the arguments, by their names.
    pub(crate) fn sent(&self) -> TokenStream {
        let names: Vec<_> = self.args.iter().map(|arg| arg.name.to_token_stream()).collect();
        Self::packed(&names)
    }

    /// The message, made of the names of the arguments: no argument is nil, one is itself, several are a tuple. Makes
    /// the type of the message too, from the types of the arguments.
    pub(crate) fn packed(parts: &[TokenStream]) -> TokenStream {
        match parts {
            [one] => one.clone(),
            parts => quote!((#(#parts),*)),
        }
    }
}

fn check_qualifiers(sig: &Signature, errors: &mut Errors) {
    if let Some(token) = &sig.constness {
        errors.at(token, "a method of a service cannot be `const`: remove it");
    }
    if let Safety::Unsafe(token) = &sig.safety {
        errors.at(token, "a method of a service cannot be `unsafe`: remove it");
    }
    if let Some(abi) = &sig.abi {
        errors.at(abi, "a method of a service cannot be `extern`: remove it");
    }
    if let Some(dots) = &sig.variadic {
        errors.at(dots, "a method of a service has named arguments: remove this");
    }
}

fn check_receiver(sig: &Signature, errors: &mut Errors) {
    let Some(receiver) = sig.receiver() else {
        errors.at(&sig.ident, "a method of a service takes `&self` first: write `(&self, …)`");
        return;
    };
    match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => {}
        ReceiverKind::Reference(..) => {
            errors.at(receiver, "calls run side by side: write `&self` instead of `&mut self`");
        }
        _ => errors.at(receiver, "a service outlives its calls: write `&self`"),
    }
}

fn check_generics(sig: &Signature, shape: Shape, errors: &mut Errors) {
    for param in &sig.generics.params {
        match param {
            // `#[async_trait]` adds lifetimes of its own.
            GenericParam::Lifetime(_) if shape == Shape::Boxed => {}
            GenericParam::Lifetime(_) => errors
                .at(param, "arguments and results are owned: write the method without lifetimes"),
            _ => errors.at(
                param,
                "a method of a service has no type parameters, because its handler would not know \
                 them: write the types themselves, or an enum of them",
            ),
        }
    }
}

/// The context, and what is sent.
fn args(sig: &Signature, errors: &mut Errors) -> (Option<Arg>, Vec<Arg>) {
    let typed = sig.inputs.iter().filter_map(|input| match input {
        FnArg::Receiver(_) => None,
        FnArg::Typed(arg) => Some(arg),
    });
    let mut typed = typed.peekable();
    let context = typed.next_if(|first| is_context(&first.ty)).map(|typed| context(typed, errors));
    let args: Vec<Arg> = typed.enumerate().map(|(at, typed)| arg(at, typed, errors)).collect();
    if let Some(extra) = args.get(MAX_ARGS) {
        errors.at(
            &extra.name,
            "a method of a service has at most 16 arguments: put them in a struct",
        );
    }
    (context, args)
}

/// Whether this is the type of a context, by its name.
pub(crate) fn is_context(ty: &Type) -> bool {
    matches!(peel::ty(ty), Type::Path(path)
        if path.path.segments.last().is_some_and(|last| last.ident == "CallContext"))
}

fn context(typed: &PatType, errors: &mut Errors) -> Arg {
    let cfgs = conditions(&typed.attrs);
    if let Some(cfg) = cfgs.first() {
        errors.at(cfg, "a context costs nothing on the wire: write it without a condition");
    }
    Arg { cfgs, name: name(0, &typed.pat), ty: (*typed.ty).clone() }
}

/// The name of an argument, or an invented one.
fn name(at: usize, pat: &Pat) -> Ident {
    match pat {
        Pat::Ident(pat) => pat.ident.clone(),
        _ => format_ident!("__arg{at}", span = Span::call_site()),
    }
}

fn arg(at: usize, typed: &PatType, errors: &mut Errors) -> Arg {
    match peel::ty(&typed.ty) {
        Type::Reference(reference) => errors.at(
            reference,
            "an argument is decoded at the server and belongs to its handler: write an owned type, \
             for instance `String` instead of `&str`",
        ),
        Type::ImplTrait(anything) => errors.at(
            anything,
            "the handler has to know the type of its argument: write the type instead of `impl Trait`",
        ),
        _ if is_context(&typed.ty) => errors.at(
            &typed.ty,
            "the context of a call is not sent: write it before all other arguments, and once",
        ),
        _ => {}
    }
    Arg { cfgs: conditions(&typed.attrs), name: name(at, &typed.pat), ty: (*typed.ty).clone() }
}

fn shape(sig: &Signature, errors: &mut Errors) -> Shape {
    let ReturnType::Type(_, output) = &sig.output else {
        errors.at(
            &sig.ident,
            "a call can fail: return `Result<T, RpcError<E>>`, for instance `Result<(), RpcError<String>>`",
        );
        return Shape::Wrong;
    };
    if sig.asyncness.is_some() {
        return Shape::Async;
    }
    match peel::ty(output) {
        Type::ImplTrait(future) if future_output(&future.bounds).is_some() => Shape::Future,
        Type::Path(path) if boxed_output(&path.path).is_some() => Shape::Boxed,
        _ => {
            errors.at(
                sig.fn_token,
                "a method of a service is asynchronous: write `async fn`, or return \
                 `impl Future<Output = Result<T, RpcError<E>>> + Send`",
            );
            Shape::Wrong
        }
    }
}

/// The `Output` of the future among these bounds.
fn future_output<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<&'a Type> {
    let future = bounds.into_iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().filter(|last| last.ident == "Future")
        }
        _ => None,
    })?;
    let PathArguments::AngleBracketed(args) = &future.arguments else { return None };
    args.args.iter().find_map(|arg| match arg {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
        _ => None,
    })
}

/// Whether `Send` is among these bounds.
pub(crate) fn is_send<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> bool {
    bounds.into_iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|last| last.ident == "Send")
        }
        _ => false,
    })
}

/// The `Output` of the future in `Pin<Box<dyn Future>>`.
fn boxed_output(path: &Path) -> Option<&Type> {
    let Type::Path(boxed) = peel::ty(only_arg(path, "Pin")?) else { return None };
    match peel::ty(only_arg(&boxed.path, "Box")?) {
        Type::TraitObject(object) => future_output(&object.bounds),
        _ => None,
    }
}

/// The first type argument of a path whose last segment has this name.
fn only_arg<'a>(path: &'a Path, name: &str) -> Option<&'a Type> {
    let last = path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(args) = &last.arguments else { return None };
    args.args.iter().find_map(|arg| match arg {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The attribute `#[async_trait]` among these, if it has not been expanded yet.
pub(crate) fn async_trait(attrs: &[Attribute]) -> Option<&Attribute> {
    attrs
        .iter()
        .find(|attr| attr.path().segments.last().is_some_and(|last| last.ident == "async_trait"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::messages;
    use syn::parse_quote;

    fn told(sig: &Signature) -> (Shape, Vec<String>) {
        let mut errors = Errors::default();
        let method = Method::new(&[], sig, &mut errors);
        (method.shape, messages(&errors.into_tokens()))
    }

    #[test]
    fn the_three_ways_to_write_a_method_are_recognised() {
        let none = Vec::<String>::new();
        let by_async: Signature =
            parse_quote!(async fn add(&self, a: i32) -> Result<i32, RpcError<()>>);
        assert_eq!(told(&by_async), (Shape::Async, none.clone()));
        let by_future: Signature = parse_quote!(
            fn add(&self, a: i32) -> impl std::future::Future<Output = Sum> + Send
        );
        assert_eq!(told(&by_future), (Shape::Future, none.clone()));
        let by_async_trait: Signature = parse_quote!(
            fn add<'life0, 'async_trait>(
                &'life0 self,
                a: i32,
            ) -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = Sum> + Send + 'async_trait>>
            where
                'life0: 'async_trait,
                Self: 'async_trait
        );
        assert_eq!(told(&by_async_trait), (Shape::Boxed, none));
    }

    fn parse_str(signature: &str) -> Signature {
        syn::parse_str(signature).expect("a signature")
    }

    #[test]
    fn every_mistake_of_a_method_is_told_with_what_to_write_instead() {
        let cases: [(Signature, &str); 12] = [
            (parse_quote!(async fn f(&self)), "return `Result<T, RpcError<E>>`"),
            (parse_quote!(fn f(&self) -> u8), "write `async fn`"),
            (parse_quote!(async fn f() -> R), "takes `&self` first"),
            (parse_quote!(async fn f(&mut self) -> R), "write `&self` instead of `&mut self`"),
            (parse_quote!(async fn f(self) -> R), "write `&self`"),
            (parse_quote!(async fn f<T>(&self, a: T) -> R), "no type parameters"),
            (parse_quote!(async fn f<'a>(&'a self) -> R), "without lifetimes"),
            (parse_quote!(async fn f(&self, a: &str) -> R), "`String` instead of `&str`"),
            (parse_quote!(async fn f(&self, a: impl Into<u8>) -> R), "instead of `impl Trait`"),
            (
                parse_quote!(async fn f(&self, a: u8, c: CallContext) -> R),
                "before all other arguments",
            ),
            (parse_quote!(async fn f(&self, c: CallContext, d: x::CallContext) -> R), "and once"),
            (parse_str("async unsafe fn f(&self) -> R"), "cannot be `unsafe`"),
        ];
        for (sig, expected) in cases {
            let (_, messages) = told(&sig);
            assert_eq!(messages.len(), 1, "{messages:?}");
            assert!(messages[0].contains(expected), "{messages:?} does not say {expected:?}");
        }
    }

    #[test]
    fn the_seventeenth_argument_is_one_too_many() {
        let names = (0..17).map(|at| format_ident!("a{at}"));
        let sig: Signature = parse_quote!(async fn f(&self, #(#names: u8),*) -> R);
        let (_, messages) = told(&sig);
        assert_eq!(messages.len(), 1);
        assert!(messages[0].contains("at most 16"), "{messages:?}");
    }

    #[test]
    fn a_context_is_the_first_argument_and_is_not_sent() {
        let of = |sig: Signature| {
            let mut errors = Errors::default();
            let method = Method::new(&[], &sig, &mut errors);
            assert!(errors.is_empty());
            let context = method.context.as_ref().map(|context| context.name.to_string());
            (context, method.sent().to_string())
        };
        let named = Some("cx".to_owned());
        let alone: Signature = parse_quote!(async fn f(&self, cx: CallContext) -> R);
        assert_eq!(of(alone), (named.clone(), "()".into()));
        let one: Signature = parse_quote!(async fn f(&self, cx: a::CallContext, b: u8) -> R);
        assert_eq!(of(one), (named, "b".into()));
        let none: Signature = parse_quote!(async fn f(&self, b: Context) -> R);
        assert_eq!(of(none), (None, "b".into()));
    }

    #[test]
    fn no_argument_is_nil_one_is_itself_and_two_are_a_tuple() {
        let (a, b) = (quote!(a), quote!(b));
        assert_eq!(Method::packed(&[]).to_string(), "()");
        assert_eq!(Method::packed(std::slice::from_ref(&a)).to_string(), "a");
        assert_eq!(Method::packed(&[a, b]).to_string(), "(a , b)");
    }
}
