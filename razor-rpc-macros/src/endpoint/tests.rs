//! Expansions and messages of `#[endpoint_async]`, on tokens.
//!
//! Knows what is written and what comes out. Does not compile it: the tests of `razor-rpc` do.

use super::*;
use crate::errors::{flat, messages};

fn expanded(args: TokenStream, item: TokenStream) -> (String, Vec<String>) {
    let tokens = expand(args, item);
    (flat(&tokens), messages(&tokens))
}

#[test]
fn an_async_method_becomes_a_send_future_in_the_trait_and_a_call_in_the_client() {
    let (text, messages) = expanded(
        quote!(CalcClient),
        quote! { pub trait Calc { async fn add(&self, a: i32, b: i32) -> Result<i32, RpcError<()>>; } },
    );
    assert!(messages.is_empty(), "{messages:?}");
    assert!(text.starts_with(
        "pubtraitCalc{fnadd(&self,a:i32,b:i32)->impl::core::future::Future<Output=\
         Result<i32,RpcError<()>>>+::core::marker::Send;#[doc(hidden)]"
    ));
    assert!(text.ends_with(
        "impl<__Caller:::razor_rpc::__private::ApiClientCaller>CalcforCalcClient<__Caller>\
         {fnadd(&self,a:i32,b:i32)->impl::core::future::Future<Output=Result<i32,RpcError<()>>>+::core::marker::Send\
         {::razor_rpc::__private::ApiClientCaller::call(\
         ::razor_rpc::__private::Endpoint::caller(self),\
         ::razor_rpc::__private::Endpoint::context(self),\"Calc.add\",&(a,b))}}"
    ));
}

#[test]
fn new_declares_the_client_as_visible_as_the_trait() {
    let (text, _) = expanded(
        quote!(new CalcClient),
        quote!(
            pub trait Calc {}
        ),
    );
    assert!(text.contains("pubstructCalcClient<__Caller="));
    assert!(text.contains("CalcforCalcClient<__Caller>"));
}

#[test]
fn a_client_may_be_in_another_module() {
    let (text, messages) = expanded(
        quote!(crate::clients::Calc),
        quote!(
            trait Calc {}
        ),
    );
    assert!(messages.is_empty());
    assert!(text.contains("Calcforcrate::clients::Calc<__Caller>"));
}

#[test]
fn async_trait_below_is_put_on_the_client_as_well_and_its_methods_stay_async() {
    let (text, messages) = expanded(
        quote!(CalcClient),
        quote!(
            #[async_trait]
            trait Calc {
                async fn add(&self, a: i32) -> R;
            }
        ),
    );
    assert!(messages.is_empty());
    assert!(text.starts_with("#[async_trait]traitCalc{asyncfnadd(&self,a:i32)->R;#[doc(hidden)]"));
    assert!(text.contains("}}#[async_trait]"), "{text}");
}

#[test]
fn async_trait_above_is_met_expanded_and_the_call_is_boxed() {
    let (text, messages) = expanded(
        quote!(CalcClient),
        quote! {
            trait Calc {
                fn add<'life0, 'async_trait>(
                    &'life0 self,
                    a: i32,
                ) -> Pin<Box<dyn Future<Output = R> + Send + 'async_trait>>
                where
                    'life0: 'async_trait;
            }
        },
    );
    assert!(messages.is_empty(), "{messages:?}");
    assert!(text.contains("where'life0:'async_trait{::std::boxed::Box::pin(::razor_rpc::"));
}

#[test]
fn a_raw_name_travels_without_its_prefix_and_a_condition_is_kept() {
    let (text, _) = expanded(
        quote!(C),
        quote!(
            trait Calc {
                #[cfg(unix)]
                async fn r#type(&self) -> R;
            }
        ),
    );
    assert!(text.contains("\"Calc.type\",&())"));
    assert!(text.ends_with("}}"));
    assert_eq!(text.matches("#[cfg(unix)]").count(), 3);
}

#[test]
fn the_trait_keeps_its_documentation_where_it_can_still_be_used_as_dyn() {
    let (text, _) = expanded(
        quote!(C),
        quote!(
            /// Sums.
            trait Calc {
                /// The sum.
                async fn add(&self) -> R;
            }
        ),
    );
    let kept = "#[doc(hidden)]#[must_use]fn__docs_of_endpoint_async()->::razor_rpc::__private::DocswhereSelf:::core::marker::Sized,\
                {::razor_rpc::__private::Docs::new(\"Sums.\",&[(\"add\",\"Thesum.\")])}";
    assert!(text.contains(kept), "{text}");
}

#[test]
fn every_mistake_of_the_attribute_is_told_with_what_to_write_instead() {
    for (args, expected) in [
        (quote!(), "name the client"),
        (quote!(new), "name the client"),
        (quote!(A, B), "remove this"),
        (quote!(A, name), "write the name"),
        (quote!(A, name = B), "as a string"),
        (quote!(A, name = "a.b"), "without dots"),
        (quote!(A, name = "a", name = "b"), "remove this"),
        (quote!(A, crate = "a"), "without quotes"),
    ] {
        assert_told(
            args,
            quote!(
                trait Calc {}
            ),
            expected,
        );
    }
}

#[test]
fn every_mistake_of_a_trait_is_told_with_what_to_write_instead() {
    for (item, expected) in [
        (
            quote!(
                struct Calc;
            ),
            "goes on a trait",
        ),
        (
            quote!(
                trait Calc<T> {}
            ),
            "no parameters",
        ),
        (
            quote!(
                trait Calc {
                    type T;
                }
            ),
            "methods alone",
        ),
        (
            quote!(
                trait Calc {
                    async fn f(&self) -> R {}
                }
            ),
            "write `;` instead",
        ),
        (
            quote!(
                trait Calc {
                    async fn f(&self, _: u8) -> R;
                }
            ),
            "give it a name",
        ),
        (
            quote!(
                trait Calc {
                    fn f(&self) -> impl Future<Output = R>;
                }
            ),
            "add `+ Send`",
        ),
        (
            quote!(
                #[async_trait(?Send)]
                trait Calc {}
            ),
            "remove `?Send`",
        ),
    ] {
        assert_told(quote!(A), item, expected);
    }
}

/// It is used as the context of the call, and is no part of the message.
#[test]
fn a_context_is_an_argument_of_the_client_and_is_not_sent() {
    let item = quote!(
        trait Calc {
            async fn f(&self, cx: CallContext, a: u8) -> R;
        }
    );
    let (text, messages) = expanded(quote!(A, blocking B), item);
    assert_eq!(messages, Vec::<String>::new());
    assert!(text.contains("&::razor_rpc::__private::inside(cx,self),\"Calc.f\",&a)"), "{text}");
    assert!(text.contains("Blocking::call(self,&cx,\"Calc.f\",&a)"), "{text}");
    assert!(text.contains("fnf(&self,cx:CallContext,a:u8)->R{"), "the twin has it too: {text}");
    let unnamed = quote!(
        trait Calc {
            async fn f(&self, _: CallContext) -> R;
        }
    );
    assert_told(quote!(A), unnamed, "the client uses this argument");
    let conditional = quote!(
        trait Calc {
            async fn f(&self, #[cfg(unix)] cx: CallContext) -> R;
        }
    );
    assert_told(quote!(A), conditional, "without a condition");
}

/// The client's own method would hide it.
#[test]
fn a_method_with_the_name_of_the_clients_own_is_told_to_take_another() {
    let item = |name: TokenStream| quote!(trait Calc { async fn #name(&self) -> R; });
    assert_told(quote!(A), item(quote!(connection)), "give this one another name");
    assert_told(quote!(new A), item(quote!(r#connection)), "`connection` of its own");
    assert_told(
        quote!(A),
        item(quote!(with_timeout)),
        "`with_timeout` of its own, which returns a client",
    );
    let (_, messages) = expanded(quote!(A), item(quote!(connections)));
    assert_eq!(messages, Vec::<String>::new());
}

fn assert_told(args: TokenStream, item: TokenStream, expected: &str) {
    let (_, messages) = expanded(args, item);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains(expected), "{messages:?} does not say {expected:?}");
}

#[test]
fn a_trait_with_a_mistake_still_has_a_client_with_all_its_methods() {
    let (text, messages) = expanded(
        quote!(new CalcClient),
        quote!(
            trait Calc {
                async fn f(&self, a: &str) -> R;
                async fn g(&self) -> R;
            }
        ),
    );
    assert_eq!(messages.len(), 1);
    assert!(text.contains("structCalcClient"));
    assert!(text.contains("asyncfnf(&self,a:&str)->R{::core::unreachable!()}"));
    assert!(text.contains("asyncfng(&self)->R{::core::unreachable!()}"));
}

#[test]
fn the_attribute_may_name_the_service() {
    let (text, messages) = expanded(
        quote!(new CalcClient, name = "CalcV2", blocking CalcBlocking, crate = x::y),
        quote!(
            trait Calc {
                async fn add(&self, a: i32) -> R;
            }
        ),
    );
    assert_eq!(messages, Vec::<String>::new());
    assert_eq!(text.matches("\"CalcV2.add\"").count(), 2, "the client and its twin: {text}");
    assert!(!text.contains("razor_rpc"), "{text}");
    assert!(text.contains("[`Blocking`](x::y::client::Blocking)"));
}

#[test]
fn an_action_that_the_wire_does_not_take_is_told_at_its_method() {
    let told = |method: usize| {
        let method = quote::format_ident!("{}", "m".repeat(method));
        let item = quote!(trait Calc { async fn #method(&self) -> R; });
        expanded(quote!(A), item).1
    };
    assert_eq!(told(251), Vec::<String>::new(), "Calc and a dot before it: 256 bytes");
    let messages = told(252);
    assert!(matches!(&messages[..], [one] if one.contains("shorten")), "{messages:?}");
}

#[test]
fn a_client_is_what_the_trait_asks_of_those_who_implement_it() {
    let (text, _) = expanded(
        quote!(A),
        quote!(
            trait Calc: Debug + Send
            where
                Self: Clone,
            {
            }
        ),
    );
    assert!(text.contains("forA<__Caller>whereA<__Caller>:Debug+Send,Self:Clone,{}"), "{text}");
}

#[test]
fn a_form_is_recognised_also_where_it_comes_from_a_macro() {
    let future = peel::fragment(quote!(impl Future<Output = R> + Send));
    let boxed = peel::fragment(quote!(Box<dyn Future<Output = R> + Send>));
    let (client, reference) = (peel::fragment(quote!(a::A)), peel::fragment(quote!(&str)));
    let item = quote! {
        trait Calc {
            fn f(&self) -> #future;
            fn g(&self) -> (#future);
            fn h(&self) -> Pin<#boxed>;
        }
    };
    let (text, messages) = expanded(quote!(#client, blocking B), item);
    assert_eq!(messages, Vec::<String>::new());
    assert!(text.contains("fnf(&self,)->R{"), "the twin has its result: {text}");
    assert_told(
        quote!(A),
        quote!(trait Calc { async fn f(&self, a: #reference) -> R; }),
        "`String`",
    );
}
