//! Types and expressions without the groups and parentheses around them.
//!
//! A fragment of a `macro_rules!` (`$t:ty`, `$a:expr`, `$a:literal`, `$a:path`) arrives in an invisible group, and
//! `(Op::Get)` means the same as `Op::Get`. Code that looks at the form of a type or of an expression calls this first.

use syn::{Expr, PathArguments, Type};

/// The type in the groups and parentheses.
pub(crate) fn ty(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

/// The expression in the groups and parentheses.
pub(crate) fn expr(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Group(group) => &group.expr,
            Expr::Paren(paren) => &paren.expr,
            _ => return expr,
        };
    }
}

/// Whether it is written as an `Option`.
pub(crate) fn is_option(ty: &Type) -> bool {
    let Type::Path(path) = self::ty(ty) else { return false };
    path.path.segments.last().is_some_and(|last| {
        last.ident == "Option" && matches!(last.arguments, PathArguments::AngleBracketed(_))
    })
}

/// `tokens` in an invisible group, as a fragment of a `macro_rules!` arrives, for tests.
#[cfg(test)]
pub(crate) fn fragment(tokens: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    proc_macro2::TokenTree::from(proc_macro2::Group::new(proc_macro2::Delimiter::None, tokens))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::{ToTokens, quote};

    #[test]
    fn groups_and_parentheses_are_taken_off_in_any_order() {
        let wrapped = fragment(quote!((Arc<T>)));
        let wrapped = fragment(quote!((#wrapped)));
        let found: Type = syn::parse2(wrapped).unwrap();
        assert_eq!(ty(&found).to_token_stream().to_string(), "Arc < T >");

        let wrapped = fragment(quote!((7)));
        let found: Expr = syn::parse2(quote!((#wrapped))).unwrap();
        assert!(matches!(expr(&found), Expr::Lit(_)));
    }
}
