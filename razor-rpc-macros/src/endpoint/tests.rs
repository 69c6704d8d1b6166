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
         Result<i32,RpcError<()>>>+::core::marker::Send;}"
    ));
    assert!(text.ends_with(
        "impl<__Caller:::razor_rpc::__private::APIClientCaller>CalcforCalcClient<__Caller>\
         {fnadd(&self,a:i32,b:i32)->impl::core::future::Future<Output=Result<i32,RpcError<()>>>+::core::marker::Send\
         {::razor_rpc::__private::APIClientCaller::call(\
         ::razor_rpc::__private::Endpoint::caller(self),\"Calc.add\",&(a,b),)}}"
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
    assert!(text.contains("pubstructCalcClient<C="));
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
    assert!(text.starts_with("#[async_trait]traitCalc{asyncfnadd(&self,a:i32)->R;}#[async_trait]"));
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
    assert!(text.contains("\"Calc.type\",&(),"));
    assert!(text.ends_with("}}"));
    assert_eq!(text.matches("#[cfg(unix)]").count(), 2);
}

#[test]
fn every_mistake_of_the_attribute_is_told_with_what_to_write_instead() {
    for (args, expected) in [
        (quote!(), "name the client"),
        (quote!(new), "name the client"),
        (quote!(A, B), "remove this"),
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
