//! A service trait with `#[async_trait]`: then it can be used as `dyn`, at the server and at the client.
//!
//! ```sh
//! cargo run --release --example async_trait_service
//! ```
//!
//! A trait without it needs no box for each call. Choose it where the type behind a trait is known only at run time.

use async_trait::async_trait;
use razor_rpc::error::RpcError;
use razor_rpc::tokio::{TcpClient, listen};
use razor_rpc::{Serve, endpoint_async, service};
use std::sync::Arc;

/// `#[async_trait]` may stand above or below the other attribute.
#[async_trait]
#[endpoint_async(new TranslatorClient)]
trait Translator: Send + Sync {
    async fn translate(&self, word: String) -> Result<String, RpcError<String>>;
}

struct ToGerman;

#[async_trait]
impl Translator for ToGerman {
    async fn translate(&self, word: String) -> Result<String, RpcError<String>> {
        match &*word {
            "bread" => Ok("Brot".into()),
            other => Err(format!("no German for {other}"))?,
        }
    }
}

struct ToFrench;

#[async_trait]
impl Translator for ToFrench {
    async fn translate(&self, word: String) -> Result<String, RpcError<String>> {
        match &*word {
            "bread" => Ok("pain".into()),
            other => Err(format!("no French for {other}"))?,
        }
    }
}

/// The service: whichever translator the program has chosen.
struct Chosen(Arc<dyn Translator>);

#[service]
#[async_trait]
impl Translator for Chosen {
    async fn translate(&self, word: String) -> Result<String, RpcError<String>> {
        self.0.translate(word).await
    }
}

/// The choice that a configuration makes.
fn chosen(language: &str) -> Chosen {
    match language {
        "de" => Chosen(Arc::new(ToGerman)),
        _ => Chosen(Arc::new(ToFrench)),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let german = listen("127.0.0.1:0").await?.serve(chosen("de"))?;
    let french = listen("127.0.0.1:0").await?.serve(chosen("fr"))?;

    // Two remote translators and one of this program, all behind one type.
    let translators: [Arc<dyn Translator>; 3] = [
        Arc::new(TranslatorClient::connect(TcpClient::new(), german.local_addr())?),
        Arc::new(TranslatorClient::connect(TcpClient::new(), french.local_addr())?),
        Arc::new(ToFrench),
    ];
    let mut words = Vec::new();
    for translator in &translators {
        words.push(translator.translate("bread".into()).await?);
    }
    assert_eq!(words, ["Brot", "pain", "pain"]);

    // A remote translator and a local one fail with equal errors.
    for (translator, language) in translators.iter().zip(["German", "French", "French"]) {
        let unknown = translator.translate("borogove".into()).await;
        assert_eq!(unknown, Err(RpcError::User(format!("no {language} for borogove"))));
    }

    german.close().await;
    french.close().await;
    println!("everything was as expected");
    Ok(())
}
