//! The type that is an error: its form on the wire, its cases, and their mistakes.
//!
//! Knows which attributes may stand where. Does not know what is generated.

use super::said::{Said, args};
use crate::errors::Errors;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Field, Fields, Ident, LitStr, Member, Type};

/// How the error travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// By the discriminant of its variant.
    Number,
    /// By the name of its variant, or by the text in the variant's attribute.
    Text,
    /// As the codec encodes it.
    Codec,
}

/// A variant, or the struct itself.
pub(super) struct Case<'a> {
    /// `None` for a struct.
    pub(super) variant: Option<&'a Ident>,
    pub(super) text: LitStr,
    pub(super) failover: Failover<'a>,
}

/// Where a call goes after the error.
pub(super) enum Failover<'a> {
    No,
    Next,
    /// To the address in this field.
    To(Member, &'a Type),
}

pub(super) struct Model<'a> {
    pub(super) form: Form,
    pub(super) cases: Vec<Case<'a>>,
}

impl<'a> Model<'a> {
    pub(super) fn new(item: &'a DeriveInput, said: &Said, errors: &mut Errors) -> Self {
        let cases = match &item.data {
            Data::Enum(data) => {
                if data.variants.is_empty() {
                    errors.at(&item.ident, "an error has at least one variant: add one");
                }
                on_enum(said, errors);
                data.variants
                    .iter()
                    .map(|variant| {
                        let tokens = args(&variant.attrs, errors);
                        let own = Said::new(tokens, errors);
                        on_variant(&own, said, errors);
                        Case::new(
                            &variant.ident,
                            Some(&variant.ident),
                            &variant.fields,
                            &own,
                            errors,
                        )
                    })
                    .collect()
            }
            Data::Struct(data) => {
                vec![Case::new(&item.ident, None, &data.fields, said, errors)]
            }
            Data::Union(data) => {
                errors.at(data.union_token, "an error is an enum or a struct: write one of these");
                Vec::new()
            }
        };
        let form = form(item, said, errors);
        Self { form, cases }
    }
}

impl<'a> Case<'a> {
    fn new(
        ident: &Ident,
        variant: Option<&'a Ident>,
        fields: &'a Fields,
        said: &Said,
        errors: &mut Errors,
    ) -> Self {
        for attr in fields.iter().flat_map(|field| &field.attrs).filter(|attr| is_ours(attr)) {
            errors.at(attr, "a field says nothing here: write it on the variant, or on the struct");
        }
        let own_text = said.text.as_ref().and_then(|(_, text)| text.clone());
        let text =
            own_text.unwrap_or_else(|| LitStr::new(&ident.unraw().to_string(), ident.span()));
        let failover = match &said.failover {
            None => Failover::No,
            Some((_, None)) => Failover::Next,
            Some((_, Some(member))) => match field(fields, member) {
                Some(field) => Failover::To(member.clone(), &field.ty),
                None => {
                    errors.at(member, &format!("`{}` has no such field", ident.unraw()));
                    Failover::No
                }
            },
        };
        Self { variant, text, failover }
    }
}

fn is_ours(attr: &Attribute) -> bool {
    attr.path().is_ident("rpc")
}

fn field<'a>(fields: &'a Fields, member: &Member) -> Option<&'a Field> {
    fields.members().zip(fields).find(|(name, _)| name == member).map(|(_, field)| field)
}

/// Reports words that stand on an enum and belong on a variant.
fn on_enum(said: &Said, errors: &mut Errors) {
    if let Some((word, _)) = &said.failover {
        errors.at(word, "a variant says this: write it above the variant");
    }
    if let Some((_, Some(text))) = &said.text {
        errors.at(
            text,
            "each variant has a text of its own: write `#[rpc(text)]` here, and the text above its variant",
        );
    }
}

/// Reports words that stand on a variant and belong on the enum.
fn on_variant(own: &Said, item: &Said, errors: &mut Errors) {
    if let Some(word) = &own.codec {
        errors.at(word, "all variants travel in one form: write this above the enum");
    }
    match &own.text {
        Some((word, None)) => {
            errors.at(word, "all variants travel in one form: write this above the enum");
        }
        Some((word, Some(_))) if item.text.is_none() => {
            errors.at(
                word,
                "only an enum under `#[rpc(text)]` travels as texts: write that above the enum",
            );
        }
        _ => {}
    }
}

/// The form that is asked for, or the default form of the type.
fn form(item: &DeriveInput, said: &Said, errors: &mut Errors) -> Form {
    let fields: Vec<&Fields> = match &item.data {
        Data::Enum(data) => data.variants.iter().map(|variant| &variant.fields).collect(),
        Data::Struct(data) => vec![&data.fields],
        Data::Union(_) => return Form::Codec,
    };
    let with_fields = fields.into_iter().find(|fields| !fields.is_empty());
    match (&said.text, &said.codec, with_fields) {
        (Some(_), Some(word), _) => {
            errors.at(word, "an error travels in one form: remove `codec` or `text`");
            Form::Codec
        }
        (Some(_), None, Some(fields)) => {
            errors.at(fields, "a text has no place for fields: remove them, or `#[rpc(text)]`");
            Form::Codec
        }
        (Some(_), None, None) => Form::Text,
        (None, Some(_), _) | (None, None, Some(_)) => Form::Codec,
        (None, None, None) => {
            let mut parameters = item.generics.params.iter();
            if let (Data::Enum(_), Some(parameter)) = (&item.data, parameters.next()) {
                errors.at(
                    parameter,
                    "the numbers of an enum with parameters are not known: write `#[rpc(text)]` or `#[rpc(codec)]` above it",
                );
            }
            Form::Number
        }
    }
}
