//! Snapshots of what the package and the crate export, in `tests/stability/snapshots`. They are compared by tests, so that
//! each change of the API is a change of a file that is reviewed.
//!
//! The crate's half is read from its source: `rustdoc`'s JSON needs a nightly compiler. It has each public item without
//! its documentation and bodies, in the modules where the source has them. A private module is shown with those of its
//! items that a public one re-exports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Block, Expr, Field, Fields, ImplItem, Item, ItemImpl, ItemMod, ItemUse, TraitItem, Type,
    UseTree, Visibility, parse_quote,
};

use crate::{files, node};

const CRATE: &str = "tests/stability/snapshots/crate.txt";
const HEAD: &str = "// The public items of the crate. Written by `cargo xtask snapshot`.\n\n";

/// Rewrites the snapshots.
pub fn write() -> Result<()> {
    files::write(CRATE, &crate_items(Path::new("src/lib.rs"))?)?;
    node::node(["tests/stability/snapshot.mjs"]).run()?;
    Ok(())
}

/// The public items of the crate with this root.
fn crate_items(root: &Path) -> Result<String> {
    Ok(outline_crate(&Tree::load(root)?))
}

fn outline_crate(tree: &Tree) -> String {
    let items = Shown::of(tree).items(tree, &[]);
    let file = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items };
    format!("{HEAD}{}", prettyplease::unparse(&file))
}

/// The path of a module; that of the root is empty.
type Names = Vec<String>;

/// Every module of a crate by its path.
#[derive(Default)]
struct Tree(BTreeMap<Names, Vec<Item>>);

impl Tree {
    fn load(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        let folder = root.parent().context("the root of a crate lies in a folder")?;
        tree.read(root, folder, Vec::new())?;
        Ok(tree)
    }

    fn read(&mut self, file: &Path, folder: &Path, path: Names) -> Result<()> {
        let source =
            std::fs::read_to_string(file).with_context(|| format!("{} is not there", file.display()))?;
        let parsed =
            syn::parse_file(&source).with_context(|| format!("{} does not parse", file.display()))?;
        self.add(parsed.items, folder, path)
    }

    /// Adds a module with those inside it; their files are in the folder.
    fn add(&mut self, items: Vec<Item>, folder: &Path, path: Names) -> Result<()> {
        let items: Vec<Item> = items.into_iter().filter(|item| !is_elsewhere(attributes(item))).collect();
        for item in &items {
            let Item::Mod(ItemMod { ident, content, .. }) = item else { continue };
            let name = ident.to_string();
            let inner: Names = path.iter().cloned().chain([name.clone()]).collect();
            let own = folder.join(&name);
            match content {
                Some((_, items)) => self.add(items.clone(), &own, inner)?,
                None => self.read(&file_of(&own), &own, inner)?,
            }
        }
        self.0.insert(path, items);
        Ok(())
    }

    fn find(&self, path: &[String], name: &str) -> Option<&Item> {
        self.0.get(path)?.iter().find(|item| name_of(item).as_deref() == Some(name))
    }
}

fn file_of(module: &Path) -> PathBuf {
    let file = module.with_extension("rs");
    if file.exists() { file } else { module.join("mod.rs") }
}

/// What users of the crate can name.
#[derive(Default)]
struct Shown {
    modules: BTreeSet<Names>,
    items: BTreeSet<(Names, String)>,
}

impl Shown {
    fn of(tree: &Tree) -> Self {
        let mut shown = Self::default();
        shown.module(tree, &[]);
        shown
    }

    fn module(&mut self, tree: &Tree, path: &[String]) {
        if !self.modules.insert(path.to_vec()) {
            return;
        }
        for item in tree.0.get(path).into_iter().flatten().filter(|item| is_public(item)) {
            match item {
                Item::Use(used) => {
                    for (target, name) in targets(&used.tree, path) {
                        self.target(tree, &target, &name);
                    }
                }
                _ => self.item(tree, path, item),
            }
        }
    }

    fn item(&mut self, tree: &Tree, path: &[String], item: &Item) {
        let Some(name) = name_of(item) else { return };
        if matches!(item, Item::Mod(_)) {
            self.module(tree, &joined(path, &name));
        } else {
            self.items.insert((path.to_vec(), name));
        }
    }

    /// What a re-export leads to, through further ones; nothing where that is another crate's.
    fn target(&mut self, tree: &Tree, path: &[String], name: &str) {
        if name == "*" {
            self.module(tree, path);
            return;
        }
        if let Some(item) = tree.find(path, name) {
            if !self.items.contains(&(path.to_vec(), name.to_owned())) {
                self.item(tree, path, item);
            }
            return;
        }
        for item in tree.0.get(path).into_iter().flatten() {
            let Item::Use(used) = item else { continue };
            for (target, found) in targets(&used.tree, path) {
                let is_step = found == name && (target.as_slice(), found.as_str()) != (path, name);
                if is_step {
                    self.target(tree, &target, &found);
                }
            }
        }
    }

    /// The items of a module that are shown, with the modules inside it.
    fn items(&self, tree: &Tree, path: &[String]) -> Vec<Item> {
        let is_open = self.modules.contains(path);
        let mut items = Vec::new();
        for item in tree.0.get(path).into_iter().flatten() {
            match item {
                Item::Mod(module) => {
                    let inner = self.items(tree, &joined(path, &module.ident.to_string()));
                    if !inner.is_empty() {
                        items.push(outline_module(module, inner));
                    }
                }
                Item::Use(used) if is_open && is_public(item) => {
                    items.push(Item::Use(ItemUse { attrs: kept(&used.attrs), ..used.clone() }))
                }
                Item::Impl(block) => items.extend(self.implementation(tree, path, block)),
                _ => {
                    let is_shown =
                        name_of(item).is_some_and(|name| self.items.contains(&(path.to_vec(), name)));
                    if is_shown {
                        items.extend(outline(item));
                    }
                }
            }
        }
        items
    }

    fn implementation(&self, tree: &Tree, path: &[String], block: &ItemImpl) -> Option<Item> {
        let name = type_name(&block.self_ty)?;
        let is_own = tree.find(path, &name).is_some();
        let is_shown = if is_own {
            self.items.contains(&(path.to_vec(), name))
        } else {
            self.items.iter().any(|(_, known)| *known == name)
        };
        if !is_shown {
            return None;
        }
        let is_inherent = block.trait_.is_none();
        let items: Vec<ImplItem> =
            block.items.iter().filter_map(|item| outline_impl_item(item, is_inherent)).collect();
        if is_inherent && items.is_empty() {
            return None;
        }
        Some(Item::Impl(ItemImpl { attrs: kept(&block.attrs), items, ..block.clone() }))
    }
}

fn joined(path: &[String], name: &str) -> Names {
    path.iter().cloned().chain([name.to_owned()]).collect()
}

/// The module and the name of each item that a `use` in a module names; "*" for all of them.
fn targets(tree: &UseTree, at: &[String]) -> Vec<(Names, String)> {
    match tree {
        UseTree::Path(step) => {
            let name = step.ident.to_string();
            let next = match name.as_str() {
                "crate" => Vec::new(),
                "self" => at.to_vec(),
                "super" => at.split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default(),
                _ => joined(at, &name),
            };
            targets(&step.tree, &next)
        }
        UseTree::Name(name) if name.ident == "self" => {
            at.split_last().map(|(last, rest)| (rest.to_vec(), last.clone())).into_iter().collect()
        }
        UseTree::Name(name) => vec![(at.to_vec(), name.ident.to_string())],
        UseTree::Rename(name) => vec![(at.to_vec(), name.ident.to_string())],
        UseTree::Glob(_) => vec![(at.to_vec(), "*".to_owned())],
        UseTree::Group(group) => group.items.iter().flat_map(|tree| targets(tree, at)).collect(),
    }
}

fn outline_module(module: &ItemMod, items: Vec<Item>) -> Item {
    let content = Some((syn::token::Brace::default(), items));
    Item::Mod(ItemMod { attrs: kept(&module.attrs), content, semi: None, ..module.clone() })
}

/// An item without documentation, bodies and private members.
fn outline(item: &Item) -> Option<Item> {
    let mut item = item.clone();
    match &mut item {
        Item::Const(item) => {
            item.attrs = kept(&item.attrs);
            *item.expr = value(&item.expr);
        }
        Item::Static(item) => {
            item.attrs = kept(&item.attrs);
            *item.expr = value(&item.expr);
        }
        Item::Enum(item) => {
            item.attrs = kept(&item.attrs);
            for variant in &mut item.variants {
                variant.attrs = kept(&variant.attrs);
                variant.fields.iter_mut().for_each(|field| field.attrs = kept(&field.attrs));
            }
        }
        Item::Fn(item) => {
            item.attrs = kept(&item.attrs);
            *item.block = empty();
        }
        Item::Struct(item) => {
            item.attrs = kept(&item.attrs);
            if hide_fields(&mut item.fields) {
                item.attrs.insert(0, parse_quote!(#[doc = " Has private fields."]));
            }
        }
        Item::Trait(item) => {
            item.attrs = kept(&item.attrs);
            item.items.iter_mut().for_each(outline_trait_item);
        }
        Item::Type(item) => item.attrs = kept(&item.attrs),
        Item::Macro(item) => item.attrs = kept(&item.attrs),
        _ => return None,
    }
    Some(item)
}

/// Takes private fields away, or only their types where their position counts; says whether some were named.
fn hide_fields(fields: &mut Fields) -> bool {
    let is_open = |field: &Field| matches!(field.vis, Visibility::Public(_));
    for field in fields.iter_mut() {
        field.attrs = kept(&field.attrs);
        if !is_open(field) {
            field.vis = Visibility::Inherited;
            field.ty = parse_quote!(_);
        }
    }
    let Fields::Named(named) = fields else { return false };
    let before = named.named.len();
    let open: Punctuated<_, _> = named.named.iter().filter(|field| is_open(field)).cloned().collect();
    named.named = open;
    named.named.len() < before
}

fn outline_trait_item(item: &mut TraitItem) {
    match item {
        TraitItem::Fn(function) => {
            function.attrs = kept(&function.attrs);
            function.default = function.default.as_ref().map(|_| empty());
        }
        TraitItem::Const(constant) => constant.attrs = kept(&constant.attrs),
        TraitItem::Type(alias) => alias.attrs = kept(&alias.attrs),
        _ => {}
    }
}

/// A member of an implementation. What a trait asks for is known; of that only types and constants are shown.
fn outline_impl_item(item: &ImplItem, is_inherent: bool) -> Option<ImplItem> {
    let is_shown = |visibility: &Visibility| !is_inherent || matches!(visibility, Visibility::Public(_));
    let mut item = item.clone();
    match &mut item {
        ImplItem::Fn(function) if is_inherent && is_shown(&function.vis) && !is_hidden(&function.attrs) => {
            function.attrs = kept(&function.attrs);
            function.block = empty();
        }
        ImplItem::Const(constant) if is_shown(&constant.vis) => {
            constant.attrs = kept(&constant.attrs);
            constant.expr = value(&constant.expr);
        }
        ImplItem::Type(alias) => alias.attrs = kept(&alias.attrs),
        _ => return None,
    }
    Some(item)
}

fn empty() -> Block {
    parse_quote!({})
}

/// A literal is part of what a constant promises; anything else is how it is made.
fn value(expression: &Expr) -> Expr {
    if matches!(expression, Expr::Lit(_)) { expression.clone() } else { parse_quote!(_) }
}

/// The attributes that a user of an item meets.
fn kept(attributes: &[Attribute]) -> Vec<Attribute> {
    let names = ["cfg", "derive", "deprecated", "macro_export", "must_use", "non_exhaustive", "repr"];
    let is_kept = |attribute: &&Attribute| names.iter().any(|name| attribute.path().is_ident(name));
    attributes.iter().filter(is_kept).cloned().collect()
}

fn text_of(attribute: &Attribute) -> String {
    attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default()
}

/// Whether an item is for tests, or for WebAssembly, where the crate is not a library.
fn is_elsewhere(attributes: &[Attribute]) -> bool {
    let cfg = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).map(text_of);
    cfg.into_iter().any(|text| text == "test" || text == "target_arch = \"wasm32\"")
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("doc") && text_of(attribute) == "hidden")
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn is_public(item: &Item) -> bool {
    let visibility = match item {
        Item::Const(item) => &item.vis,
        Item::Enum(item) => &item.vis,
        Item::Fn(item) => &item.vis,
        Item::Macro(item) => {
            return item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
        }
        Item::Mod(item) => &item.vis,
        Item::Static(item) => &item.vis,
        Item::Struct(item) => &item.vis,
        Item::Trait(item) => &item.vis,
        Item::Type(item) => &item.vis,
        Item::Use(item) => &item.vis,
        _ => return false,
    };
    matches!(visibility, Visibility::Public(_)) && !is_hidden(attributes(item))
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Mod(item) => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn type_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        Type::Reference(reference) => type_name(&reference.elem),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{CRATE, HEAD, Tree, crate_items, outline_crate};
    use std::path::Path;

    #[test]
    fn the_crate_exports_what_its_snapshot_says() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let seen = crate_items(&root.join("src/lib.rs")).unwrap();
        let snapshot = std::fs::read_to_string(root.join(CRATE)).unwrap_or_default();
        let differs = seen.lines().zip(snapshot.lines()).find(|(seen, expected)| seen != expected);
        let next = "if the change is meant, run: cargo xtask snapshot";
        assert!(
            seen == snapshot,
            "the crate exports something else than {CRATE} says, first {differs:?}: {next}"
        );
    }

    fn outlined(source: &str) -> String {
        let mut tree = Tree::default();
        let items = syn::parse_file(source).unwrap().items;
        tree.add(items, Path::new("nowhere"), Vec::new()).unwrap();
        outline_crate(&tree).strip_prefix(HEAD).unwrap().to_owned()
    }

    #[test]
    fn bodies_documentation_and_private_items_are_omitted() {
        let source = r#"
            /// A number.
            pub const MOST: u8 = 3;
            pub const TABLE: [u8; 2] = [1, 2];
            pub(crate) fn inner() {}
            #[derive(Debug)]
            pub struct Named { /// Its name.
                pub name: String, secret: String }
            pub struct Hidden(pub u8, String);
            impl Named {
                pub fn new(name: &str) -> Self { todo!() }
                fn check(&self) {}
            }
            impl Drop for Named { fn drop(&mut self) {} }
            struct Own;
            impl Own { pub fn reach(&self) {} }
            #[cfg(target_arch = "wasm32")]
            pub mod boundary;
            #[cfg(test)]
            mod tests;
            #[doc(hidden)]
            pub fn unlisted() {}
        "#;
        let expected = "\
pub const MOST: u8 = 3;
pub const TABLE: [u8; 2] = _;
/// Has private fields.
#[derive(Debug)]
pub struct Named {
    pub name: String,
}
pub struct Hidden(pub u8, _);
impl Named {
    pub fn new(name: &str) -> Self {}
}
impl Drop for Named {}
";
        assert_eq!(outlined(source), expected);
    }

    #[test]
    fn a_private_module_shows_the_items_that_are_re_exported() {
        let source = "
            mod deep { pub mod deeper { pub struct One; pub struct Two; impl One { pub fn go(&self) {} } } }
            mod all { pub fn first() {} mod rest { pub fn unseen() {} } }
            mod step { pub use crate::deep::deeper::One; }
            mod gone { pub struct Three; }
            pub use all::*;
            pub use step::One as Uno;
            pub use std::time::Duration;
        ";
        let expected = "\
mod deep {
    pub mod deeper {
        pub struct One;
        impl One {
            pub fn go(&self) {}
        }
    }
}
mod all {
    pub fn first() {}
}
pub use all::*;
pub use step::One as Uno;
pub use std::time::Duration;
";
        assert_eq!(outlined(source), expected);
    }
}
