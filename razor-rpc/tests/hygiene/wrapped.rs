//! Services and clients inside of `macro_rules!`: names, types, bodies and whole items come from the macro or from its
//! caller, and each body finds the right `self`.

use crate::support::{on_each_runtime, served};
use razor_rpc::client::{Blocking, ClientConfig};
use razor_rpc::error::RpcError;
use razor_rpc::razor_stream::orb::prelude::AsyncRuntime;
use razor_rpc::server::Inline;
use razor_rpc::{endpoint_async, endpoint_client, service, service_mux_struct};
use std::future::{Future, ready};
use std::sync::Arc;

type Answer<T> = Result<T, RpcError<u16>>;

/// A trait whose parts are all passed in.
macro_rules! endpoint {
    (
        $(#[$meta:meta])* $vis:vis trait $name:ident, $client:ident, $twin:ident {
            $($(#[$on_method:meta])* fn $method:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)*
        }
    ) => {
        $(#[$meta])*
        #[endpoint_async(new $client, blocking $twin)]
        $vis trait $name {
            $($(#[$on_method])* async fn $method(&self, $($arg: $ty),*) -> $ret;)*
        }
    };
}

endpoint! {
    /// Is it well?
    trait Health, HealthClient, HealthBlocking {
        fn level() -> Answer<u32>;
        #[cfg(all())]
        fn sum(a: u32, b: Vec<u32>) -> Result<u32, RpcError<u16>>;
        #[cfg(any())]
        fn nowhere(a: NoSuchType) -> Answer<u32>;
    }
}

struct ByIdent(u32);
struct ByType(u32);
struct ByBody(u32);
struct ByItem(u32);
struct ByTokens(u32);
struct ByPath(u32);
struct Pair<T>(T, u32);

macro_rules! served_by_ident {
    ($server:ident, $ret:ty, $a:ident, $b:pat) => {
        #[service]
        impl Health for $server {
            async fn level(&self) -> $ret {
                Ok(self.0)
            }
            async fn sum(&self, $a: u32, $b: Vec<u32>) -> Answer<u32> {
                Ok(self.0 + $a)
            }
        }
    };
}
served_by_ident!(ByIdent, Answer<u32>, a, _);

macro_rules! served_by_type {
    ($name:ident for $server:ty, [$($generics:tt)*]) => {
        #[service]
        impl<$($generics)*> $name for $server {
            async fn level(&self) -> Answer<u32> {
                Ok(self.level_now())
            }
            async fn sum(&self, a: u32, b: Vec<u32>) -> Answer<u32> {
                Ok(b.into_iter().fold(self.level_now() + a, |sum, b| sum + b))
            }
        }
    };
}
served_by_type!(Health for ByType, []);
served_by_type!(Health for Pair<T>, [T: Send + Sync + 'static]);

impl ByType {
    const fn level_now(&self) -> u32 {
        self.0
    }
}

impl<T> Pair<T> {
    const fn level_now(&self) -> u32 {
        self.1
    }
}

macro_rules! served_by_body {
    ($server:ident, $this:ident, $level:block, ($a:ident, $b:ident) $sum:block) => {
        #[service]
        impl Health for $server {
            async fn level(&$this) -> Answer<u32> $level
            async fn sum(&$this, $a: u32, $b: Vec<u32>) -> Answer<u32> $sum
        }
    };
}
served_by_body!(ByBody, self, { Ok(self.0) }, (a, b) { Ok(self.0 + a + b.iter().sum::<u32>()) });

macro_rules! served_by_item {
    ($item:item) => {
        #[service]
        $item
    };
}
served_by_item! {
    impl Health for ByItem {
        async fn level(&self) -> Answer<u32> {
            Ok(self.0)
        }
        fn sum(&self, a: u32, b: Vec<u32>) -> impl Future<Output = Answer<u32>> + Send {
            ready(Ok(self.0 + a + b.iter().sum::<u32>()))
        }
    }
}

macro_rules! served_by_tokens {
    (#[$attribute:meta] $($item:tt)*) => {
        #[$attribute]
        $($item)*
    };
}
served_by_tokens! {
    #[service]
    impl Health for ByTokens {
        async fn level(&self) -> Answer<u32> {
            Ok(self.0)
        }
        async fn sum(&self, a: u32, b: Vec<u32>) -> Answer<u32> {
            Ok(self.0 + a + b.iter().sum::<u32>())
        }
    }
}

macro_rules! served_by_path {
    ($name:path, $server:path, $future:ty, $ty:ty) => {
        #[service]
        impl $name for $server {
            fn level(&self) -> $future {
                ready(Ok(self.0))
            }
            async fn sum(&self, a: $ty, _: Vec<u32>) -> Answer<u32> {
                Ok(self.0 + a)
            }
        }
    };
}
served_by_path!(Health, ByPath, impl Future<Output = Answer<u32>> + Send, u32);

/// The names at both sides of the wire are equal, whether the macro or its caller wrote them.
async fn assert_health<RT: AsyncRuntime>(
    server: impl razor_rpc::server::Service<razor_rpc::DefaultCodec>,
) {
    let (_server, caller) = served::<RT>(Inline::new(server), ClientConfig::default()).await;
    let client = HealthClient::new(caller);
    assert_eq!(client.level().await, Ok(7));
    assert!(client.sum(1, vec![]).await.is_ok_and(|sum| sum >= 8));
}

async fn a_service_inside_of_a_macro_finds_its_own_self<RT: AsyncRuntime>() {
    assert_health::<RT>(ByIdent(7)).await;
    assert_health::<RT>(ByType(7)).await;
    assert_health::<RT>(Pair("", 7)).await;
    assert_health::<RT>(ByBody(7)).await;
    assert_health::<RT>(ByItem(7)).await;
    assert_health::<RT>(ByTokens(7)).await;
    assert_health::<RT>(ByPath(7)).await;
}

macro_rules! endpoint_of_item {
    ($client:path, $twin:ident, $item:item) => {
        #[endpoint_async($client, blocking $twin)]
        $item
    };
}
endpoint_client!(ItemClient);
endpoint_of_item! {
    ItemClient, ItemBlocking,
    trait Item: Send {
        async fn read(&self, key: String) -> Answer<String>;
        fn size(&self) -> impl Future<Output = Answer<usize>> + Send;
    }
}

macro_rules! endpoint_of_tokens {
    ($client:ty, $this:ident, $ret:ty, $arg:ident: $ty:ty, $($item:tt)*) => {
        #[endpoint_async($client, blocking TokensBlocking)]
        $($item)* {
            async fn read(&$this, $arg: $ty, arg: u8) -> Answer<String>;
            fn size(&self) -> $ret;
        }
    };
}
endpoint_client!(TokensClient);
endpoint_of_tokens! {
    TokensClient, self, impl Future<Output = Answer<usize>> + Send, arg: String,
    /// A trait whose tokens are all passed in.
    trait Tokens: Send
}

struct Shelf;

served_by_item! {
    impl Item for Shelf {
        async fn read(&self, key: String) -> Answer<String> {
            Ok(key)
        }
        async fn size(&self) -> Answer<usize> {
            Ok(1)
        }
    }
}

struct Ledger;

served_by_tokens! {
    #[service]
    impl Tokens for Ledger {
        async fn read(&self, arg: String, number: u8) -> Answer<String> {
            Ok(format!("{arg}{number}"))
        }
        async fn size(&self) -> Answer<usize> {
            Ok(2)
        }
    }
}

macro_rules! multiplexer {
    (@shared $name:ident { $($field:ident: $service:ty),* }) => {
        #[service_mux_struct]
        struct $name { $($field: Arc<$service>),* }
    };
    ($name:ident { $($field:ident: $ty:ty),* }) => {
        #[service_mux_struct]
        struct $name { $($field: $ty),* }
    };
    ($name:ident($($ty:ty),*)) => {
        #[service_mux_struct]
        struct $name($($ty),*);
    };
    ($item:item) => {
        #[service_mux_struct]
        $item
    };
}
multiplexer!(Fields { shelf: Arc<Shelf>, ledger: Arc<Ledger> });
multiplexer!(Unnamed(Arc<Shelf>, Arc<Ledger>));
multiplexer! {
    struct Whole {
        shelf: Arc<Shelf>,
        ledger: Arc<Ledger>,
    }
}
multiplexer!(@shared Shared { shelf: Shelf, ledger: Ledger });

async fn assert_both<RT: AsyncRuntime>(
    server: impl razor_rpc::server::Service<razor_rpc::DefaultCodec>,
) {
    let (_server, caller) = served::<RT>(Inline::new(server), ClientConfig::default()).await;
    let (item, tokens) = (ItemClient::new(caller.clone()), TokensClient::new(caller));
    assert_eq!(item.read("key".into()).await, Ok("key".into()));
    assert_eq!(item.size().await, Ok(1));
    assert_eq!(tokens.read("key".into(), 8).await, Ok("key8".into()));
    assert_eq!(tokens.size().await, Ok(2));
}

async fn a_multiplexer_inside_of_a_macro_finds_its_own_fields<RT: AsyncRuntime>() {
    let (shelf, ledger) = (Arc::new(Shelf), Arc::new(Ledger));
    assert_both::<RT>(Fields { shelf: shelf.clone(), ledger: ledger.clone() }).await;
    assert_both::<RT>(Unnamed(shelf.clone(), ledger.clone())).await;
    assert_both::<RT>(Whole { shelf: shelf.clone(), ledger: ledger.clone() }).await;
    assert_both::<RT>(Shared { shelf, ledger }).await;
}

macro_rules! versioned {
    ($root:path, $version:literal, $name:ident, $vis:vis $client:ident, $server:ident) => {
        endpoint_client!(
            #[doc = $version]
            $vis $client,
            crate = $root
        );

        #[endpoint_async($client, crate = $root, name = $version)]
        trait $name {
            async fn version(&self) -> Answer<String>;
        }

        struct $server;

        #[service(name = $version, crate = $root)]
        impl $name for $server {
            async fn version(&self) -> Answer<String> {
                Ok($version.to_string())
            }
        }
    };
}
versioned!(::razor_rpc, "Version1", One, OneClient, OneServer);
versioned!(::razor_rpc, "Version2", Two, pub(super) TwoClient, TwoServer);
multiplexer!(@shared Both { one: OneServer, two: TwoServer });

async fn the_arguments_of_an_attribute_may_come_from_a_macro<RT: AsyncRuntime>() {
    let both = Both { one: Arc::new(OneServer), two: Arc::new(TwoServer) };
    let (_server, caller) = served::<RT>(Inline::new(both), ClientConfig::default()).await;
    assert_eq!(OneClient::new(caller.clone()).version().await, Ok("Version1".into()));
    assert_eq!(TwoClient::new(caller).version().await, Ok("Version2".into()));
}

macro_rules! boxed {
    ($name:ident, $client:ident, $server:ident, $twin:ident, $this:ident, $ret:ty, [$($above:tt)*], [$($below:tt)*]) => {
        $($above)*
        #[endpoint_async(new $client, blocking $twin)]
        $($below)*
        trait $name {
            async fn half(&$this, of: u32) -> $ret;
            async fn nothing(&self) -> Answer<()>;
        }

        struct $server(u32);

        $($above)*
        #[service]
        $($below)*
        impl $name for $server {
            async fn half(&$this, of: u32) -> $ret {
                Ok(of / $this.0)
            }
            async fn nothing(&self) -> Answer<()> {
                Err(RpcError::User(2))
            }
        }
    };
}
boxed!(Above, AboveClient, AboveServer, AboveTwin, self, Answer<u32>, [#[async_trait::async_trait]], []);
boxed!(Below, BelowClient, BelowServer, BelowTwin, self, Answer<u32>, [], [#[async_trait::async_trait]]);
multiplexer!(@shared Boxed { above: AboveServer, below: BelowServer });

async fn a_boxed_service_inside_of_a_macro_finds_its_own_self<RT: AsyncRuntime>() {
    let boxed = Boxed { above: Arc::new(AboveServer(2)), below: Arc::new(BelowServer(2)) };
    let (_server, caller) = served::<RT>(Inline::new(boxed), ClientConfig::default()).await;
    let (above, below) = (AboveClient::new(caller.clone()), BelowClient::new(caller));
    assert_eq!((above.half(4).await, below.half(4).await), (Ok(2), Ok(2)));
    assert_eq!(above.nothing().await, Err(RpcError::User(2)));
    assert_eq!(below.nothing().await, Err(RpcError::User(2)));
    let _ =
        (<Blocking<AboveClient> as AboveTwin>::half, <Blocking<BelowClient> as BelowTwin>::half);
}

/// The blocking traits exist, and have the methods of the traits.
#[test]
fn a_twin_inside_of_a_macro_has_the_same_methods() {
    fn assert_twins<C>()
    where
        Blocking<HealthClient>: HealthBlocking,
        Blocking<ItemClient>: ItemBlocking,
        Blocking<TokensClient>: TokensBlocking,
    {
    }
    assert_twins::<()>();
    let _: fn(&Blocking<HealthClient>, u32, Vec<u32>) -> Answer<u32> = HealthBlocking::sum;
    let _: fn(&Blocking<ItemClient>) -> Answer<usize> = ItemBlocking::size;
    let _: fn(&Blocking<TokensClient>, String, u8) -> Answer<String> = TokensBlocking::read;
}

on_each_runtime! {
    a_service_inside_of_a_macro_finds_its_own_self
    a_multiplexer_inside_of_a_macro_finds_its_own_fields
    the_arguments_of_an_attribute_may_come_from_a_macro
    a_boxed_service_inside_of_a_macro_finds_its_own_self
}
