//! `#[endpoint_async]`: the trait of a service, and its implementation by a client.
//!
//! Knows traits. Does not know how a call is made, nor what a server does with it.

mod blocking;

use crate::client::{self, Declaration};
use crate::conditions::generated;
use crate::describe;
use crate::errors::Errors;
use crate::method::{self, Method, Shape};
use crate::name::{self, Name};
use crate::peel;
use crate::place::at;
use crate::root::Root;
use proc_macro2::{TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, FnArg, Ident, ItemTrait, LitStr, Meta, Pat, Path, ReturnType, Signature, Token,
    TraitItem, Type, parse_quote,
};

/// The arguments of the attribute: a client, and perhaps `blocking CalcBlocking` and `name = "CalcV2"`.
struct Args {
    client: Client,
    /// The name of the trait for threads that may block.
    blocking: Option<Ident>,
    /// The name of the service, if it is not that of the trait.
    name: Option<LitStr>,
}

/// `CalcClient`, or `new CalcClient`.
enum Client {
    Declared(Path),
    New(Ident),
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut args = Self { client: input.parse()?, blocking: None, name: None };
        while input.peek(Token![,]) {
            let ahead = input.fork();
            ahead.parse::<Token![,]>()?;
            if says(&ahead, "blocking") && args.blocking.is_none() {
                input.parse::<Token![,]>()?;
                input.parse::<Ident>()?;
                let missing = "name the trait of the blocking calls: \
                               `#[endpoint_async(CalcClient, blocking CalcBlocking)]`";
                let twin = input.parse().map_err(|error| syn::Error::new(error.span(), missing))?;
                args.blocking = Some(twin);
            } else if says(&ahead, "name") && args.name.is_none() {
                input.parse::<Token![,]>()?;
                if !name::parse(input, &mut args.name)? {
                    return Err(input.error("write the name of the service: `name = \"CalcV2\"`"));
                }
            } else if ahead.is_empty() {
                input.parse::<Token![,]>()?;
            } else {
                break;
            }
        }
        if input.is_empty() {
            Ok(args)
        } else {
            Err(input.error("the attribute names one client: remove this"))
        }
    }
}

/// Whether the next token is this word.
fn says(input: ParseStream<'_>, word: &str) -> bool {
    matches!(input.fork().parse(), Ok(TokenTree::Ident(ident)) if ident == word)
}

impl Parse for Client {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let missing = "name the client: `#[endpoint_async(CalcClient)]` for one that `endpoint_client!` \
                       declared, `#[endpoint_async(new CalcClient)]` to declare it here";
        if input.is_empty() {
            return Err(input.error(missing));
        }
        if says(input, "new") {
            input.parse::<Ident>()?;
            let name = input.parse().map_err(|error| syn::Error::new(error.span(), missing))?;
            return Ok(Self::New(name));
        }
        let path = input.call(Path::parse_mod_style);
        Ok(Self::Declared(path.map_err(|error| syn::Error::new(error.span(), missing))?))
    }
}

/// A trait that is a service.
struct Endpoint {
    item: ItemTrait,
    methods: Vec<Method>,
    /// `#[async_trait]`, if it stands below this attribute.
    async_trait: Option<Attribute>,
    /// Whether a client can implement the trait: it has no mistake that prevents this.
    implementable: bool,
    /// The name of the service.
    name: Name,
    root: Root,
}

pub(crate) fn expand(mut args: TokenStream, item: TokenStream) -> TokenStream {
    let item = match syn::parse2::<ItemTrait>(item.clone()) {
        Ok(item) => item,
        Err(_) => {
            let error = syn::Error::new_spanned(&item, "`#[endpoint_async]` goes on a trait")
                .into_compile_error();
            return quote!(#error #item);
        }
    };
    let mut errors = Errors::default();
    let root = Root::rpc(&mut args, &mut errors);
    let args = syn::parse2::<Args>(args);
    let given = args.as_ref().ok().and_then(|args| args.name.clone());
    let name = Name::new(given, &item.ident, &mut errors);
    let endpoint = Endpoint::new(item, name, root, &mut errors);
    if let Ok(Args { blocking: Some(twin), .. }) = &args
        && *twin == endpoint.item.ident
    {
        errors.at(twin, "the trait of the blocking calls needs a name of its own");
    }
    let item = endpoint.trait_item();
    let implemented = args.as_ref().ok().map(|args| endpoint.implemented(args, &errors));
    let errors = errors.into_tokens();
    let args_error = args.err().map(syn::Error::into_compile_error);
    quote!(#errors #args_error #item #implemented)
}

impl Endpoint {
    fn new(item: ItemTrait, name: Name, root: Root, errors: &mut Errors) -> Self {
        let mut endpoint = Self {
            async_trait: method::async_trait(&item.attrs).cloned(),
            item,
            methods: Vec::new(),
            implementable: true,
            name,
            root,
        };
        endpoint.check_trait(errors);
        for item in &endpoint.item.items {
            match item {
                TraitItem::Fn(function) => {
                    if let Some(body) = &function.default {
                        let message =
                            "a method of a service has its body at the server: write `;` instead";
                        errors.at(body, message);
                        continue;
                    }
                    let method = Method::new(&function.attrs, &function.sig, errors);
                    check_send(&method, errors);
                    check_names(&method, errors);
                    check_own(&method, errors);
                    endpoint.name.check(&method, errors);
                    endpoint.methods.extend(method.variants());
                }
                other => {
                    endpoint.implementable = false;
                    errors.at(other, "a service has methods alone: move this to another trait");
                }
            }
        }
        endpoint
    }

    fn check_trait(&mut self, errors: &mut Errors) {
        if !self.item.generics.params.is_empty() {
            self.implementable = false;
            errors.at(
                &self.item.generics,
                "a service has no parameters, because its name on the wire has none: write the types themselves",
            );
        }
        if let Some(Attribute { meta: Meta::List(list), .. }) = &self.async_trait {
            errors.at(&list.tokens, "calls move between threads: remove `?Send`");
        }
    }

    /// The trait as the user wrote it, except that the futures of its `async fn`s are `Send`.
    fn trait_item(&self) -> ItemTrait {
        let mut item = self.item.clone();
        item.items.push(describe::keeper(&item.attrs, &self.methods, &self.root));
        if self.async_trait.is_some() {
            return item;
        }
        for member in &mut item.items {
            if let TraitItem::Fn(function) = member
                && function.sig.asyncness.is_some()
                && function.default.is_none()
            {
                function.sig = send_signature(&function.sig);
            }
        }
        item
    }

    /// The client and the implementations that the attribute asks for.
    fn implemented(&self, args: &Args, errors: &Errors) -> TokenStream {
        let (declared, client) = match &args.client {
            Client::Declared(path) => (None, path.clone()),
            Client::New(name) => {
                let declaration = Declaration::new(self.item.vis.clone(), name.clone());
                (Some(client::declare(&declaration, &self.root)), name.clone().into())
            }
        };
        let implemented = self.client_impl(&client, errors);
        let name = args.blocking.as_ref().filter(|name| **name != self.item.ident);
        let twin = name.map(|name| blocking::twin(self, name, &client, errors));
        quote!(#declared #implemented #twin)
    }

    fn client_impl(&self, client: &Path, errors: &Errors) -> TokenStream {
        if !self.implementable {
            return TokenStream::new();
        }
        let Self { item, async_trait, root, .. } = self;
        let (name, generated) = (&item.ident, generated());
        let conditions = self.conditions_on(client);
        let methods = self
            .methods
            .iter()
            .map(|method| if errors.is_empty() { self.call(method) } else { stub(method) });
        quote! {
            #async_trait
            #generated
            impl<__Caller: #root::ApiClientCaller> #name for #client<__Caller> #conditions {
                #(#methods)*
            }
        }
    }

    /// The conditions under which the client implements the trait: its supertraits and its `where` clause, which may
    /// depend on the caller.
    fn conditions_on(&self, client: &Path) -> TokenStream {
        let ItemTrait { supertraits, generics, .. } = &self.item;
        let own = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let own: Vec<_> = own.map(|predicate| quote!(#predicate,)).collect();
        let asked = (!supertraits.is_empty()).then(|| quote!(#client<__Caller>: #supertraits,));
        if own.is_empty() && asked.is_none() {
            return TokenStream::new();
        }
        quote!(where #asked #(#own)*)
    }

    /// The method of the client.
    fn call(&self, method: &Method) -> TokenStream {
        let Method { cfgs, sig, shape, .. } = method;
        let (root, this) = (self.root.at(&sig.output), method.this());
        let (action, sent) = (self.name.action(method), method.sent());
        let context = match &method.context {
            None => quote!(#root::Endpoint::context(#this)),
            Some(own) => {
                let own = &own.name;
                quote!(&#root::inside(#own, #this))
            }
        };
        // With this span, a result of a wrong type is reported where it is written. The future comes from the caller,
        // and holds neither the arguments nor their tuple: they are encoded before it is returned.
        let call = quote_spanned! {at(&sig.output)=>
            #root::ApiClientCaller::call(#root::Endpoint::caller(#this), #context, #action, &#sent)
        };
        match shape {
            Shape::Async if self.async_trait.is_none() => {
                let sig = send_signature(sig);
                quote!(#(#cfgs)* #sig { #call })
            }
            Shape::Async | Shape::Wrong => {
                quote!(#(#cfgs)* #sig { let __call = #call; __call.await })
            }
            Shape::Future => quote!(#(#cfgs)* #sig { #call }),
            Shape::Boxed => quote!(#(#cfgs)* #sig { ::std::boxed::Box::pin(#call) }),
        }
    }
}

/// The method of a client whose service has a mistake: it keeps the compiler from reporting more than that.
fn stub(method: &Method) -> TokenStream {
    let Method { cfgs, sig, shape, .. } = method;
    let body = match shape {
        Shape::Async | Shape::Wrong => quote!(::core::unreachable!()),
        Shape::Future => quote!(async move { ::core::unreachable!() }),
        Shape::Boxed => quote!(::std::boxed::Box::pin(async move { ::core::unreachable!() })),
    };
    quote!(#(#cfgs)* #sig { #body })
}

/// `async fn f(…) -> R` as `fn f(…) -> impl Future<Output = R> + Send`.
fn send_signature(sig: &Signature) -> Signature {
    let mut sig = sig.clone();
    sig.asyncness = None;
    let output: Type = match &sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, output) => (**output).clone(),
    };
    sig.output = parse_quote! {
        -> impl ::core::future::Future<Output = #output> + ::core::marker::Send
    };
    sig
}

fn check_send(method: &Method, errors: &mut Errors) {
    let ReturnType::Type(_, output) = &method.sig.output else { return };
    if let (Shape::Future, Type::ImplTrait(future)) = (method.shape, peel::ty(output))
        && !method::is_send(&future.bounds)
    {
        errors.at(future, "calls move between threads: add `+ Send`");
    }
}

fn check_names(method: &Method, errors: &mut Errors) {
    for input in &method.sig.inputs {
        if let FnArg::Typed(arg) = input
            && !matches!(&*arg.pat, Pat::Ident(_))
        {
            let used = if method::is_context(&arg.ty) { "uses" } else { "sends" };
            errors.at(&arg.pat, &format!("the client {used} this argument: give it a name"));
        }
    }
}

/// Reports a method with the name of the client's own method, which would hide it.
fn check_own(method: &Method, errors: &mut Errors) {
    let name = &method.sig.ident;
    let unraw = name.unraw();
    if let Some((own, does)) = client::OWN_METHODS.iter().find(|(own, _)| unraw == own) {
        errors.at(
            name,
            &format!(
                "every generated client has a method `{own}` of its own, {does}: give this one another name"
            ),
        );
    }
}

#[cfg(test)]
mod tests;
