//! Which field of a task has which role.
//!
//! Knows `#[field(role)]` and what a role needs. Does not know what is generated.

use crate::conditions::{self, conditions};
use crate::errors::Errors;
use crate::peel;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Field, Fields, Ident, ItemStruct, Member, Meta, Type};

/// A field with its role.
pub(crate) struct Role {
    /// The conditions under which the field exists.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) member: Member,
    pub(crate) ty: Type,
}

impl Role {
    /// The code `there` if the field exists, and `otherwise` if not.
    pub(crate) fn if_there(&self, there: TokenStream, otherwise: TokenStream) -> TokenStream {
        if self.cfgs.is_empty() {
            return there;
        }
        let condition = conditions::all(&self.cfgs);
        quote!({
            #[cfg(#condition)]
            { #there }
            #[cfg(not(#condition))]
            { #otherwise }
        })
    }
}

/// The fields that have a role; all others are the user's own.
#[derive(Default)]
pub(crate) struct FieldRoles {
    pub(crate) common: Option<Role>,
    pub(crate) action: Option<Role>,
    pub(crate) req: Option<Role>,
    pub(crate) resp: Option<Role>,
    pub(crate) req_blob: Option<Role>,
    pub(crate) resp_blob: Option<Role>,
    pub(crate) res: Option<Role>,
    pub(crate) noti: Option<Role>,
}

const NAMES: &str =
    "the roles are `common`, `action`, `req`, `resp`, `req_blob`, `resp_blob`, `res` and `noti`";

impl FieldRoles {
    /// Reads the roles of a struct's fields, and removes the attributes that name them.
    pub(crate) fn take(item: &mut ItemStruct, errors: &mut Errors) -> Self {
        let mut roles = Self::default();
        let members: Vec<Member> = item.fields.members().collect();
        for (member, field) in members.into_iter().zip(&mut item.fields) {
            let attrs = std::mem::take(&mut field.attrs);
            let (marks, others): (Vec<_>, Vec<_>) =
                attrs.into_iter().partition(|attr| attr.path().is_ident("field"));
            field.attrs = others;
            for mark in marks {
                roles.mark(&mark, &member, field, errors);
            }
        }
        roles.check(item, errors);
        roles
    }

    fn mark(&mut self, mark: &Attribute, member: &Member, field: &Field, errors: &mut Errors) {
        let name = match &mark.meta {
            Meta::List(list) => list.parse_args::<Ident>().ok(),
            _ => None,
        };
        let Some(name) = name else {
            errors.at(mark, &format!("write one role: `#[field(req)]`; {NAMES}"));
            return;
        };
        let place = match name.to_string().as_str() {
            "common" => &mut self.common,
            "action" => &mut self.action,
            "req" => &mut self.req,
            "resp" => &mut self.resp,
            "req_blob" => &mut self.req_blob,
            "resp_blob" => &mut self.resp_blob,
            "res" => &mut self.res,
            "noti" => &mut self.noti,
            _ => {
                errors.at(&name, &format!("there is no role `{name}`: {NAMES}"));
                return;
            }
        };
        if place.is_some() {
            errors.at(&name, "another field has this role: remove it from one of them");
            return;
        }
        if matches!(name.to_string().as_str(), "resp" | "res" | "noti")
            && !peel::is_option(&field.ty)
        {
            errors.at(
                &field.ty,
                match name.to_string().as_str() {
                    "resp" => "there is no response before it has come: write `Option<…>` around it",
                    "res" => {
                        "there is no result before the task has ended: write \
                         `Option<Result<(), RpcError<E>>>`, `E` being the error of the method"
                    }
                    _ => "the task leaves through it, so it is taken out first: write `Option<…>` around it",
                },
            );
        }
        let cfgs = conditions(&field.attrs);
        *place = Some(Role { cfgs, member: member.clone(), ty: field.ty.clone() });
    }

    fn check(&self, item: &ItemStruct, errors: &mut Errors) {
        conditions::check_places(&item.fields, errors);
        for role in [&self.action, &self.res, &self.noti].into_iter().flatten() {
            if let Some(condition) = role.cfgs.first() {
                errors.at(condition, "no task is without this field: remove the condition");
            }
        }
        if matches!(item.fields, Fields::Unit) {
            errors.at(&item.ident, "a task has fields: at least `res` and `noti`");
            return;
        }
        if self.res.is_none() {
            errors.at(
                &item.ident,
                "nobody could see how the task ended: add a field \
                 `#[field(res)] res: Option<Result<(), RpcError<E>>>`, `E` being the error of the method",
            );
        }
        if self.noti.is_none() {
            errors.at(
                &item.ident,
                "nobody would be told of the task's end: add a field `#[field(noti)] noti: Option<…>` with a \
                 sender of a channel or a callback",
            );
        }
    }
}
