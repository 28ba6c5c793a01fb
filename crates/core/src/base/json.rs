//! JSON that Breakwater wrote itself: [`read`] parses it, and [`indented()`] formats it for people.
//!
//! serde_json could parse it too, but with far more code in the Worker. For each type it generates
//! a reader of objects and another of arrays, both with their own copy of the scanner. Here one
//! function scans the text into a [`Value`], and a struct is read from an object only, because
//! structs are written as objects. If a name occurs twice in an object, the last value counts. JSON
//! from other parties is parsed by serde_json itself.

mod indented;
#[cfg(test)]
mod tests;

use core::slice;

use alloc::string::String;

use serde::Deserialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, MapAccess};
use serde::de::{SeqAccess, Unexpected, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value, map};

pub use indented::indented;

type Result<T, E = Error> = core::result::Result<T, E>;

/// Reads a `T` from the JSON that serde_json wrote for it.
///
/// # Errors
/// Returns an error if the text is not JSON, or is not the JSON of a `T`.
pub fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T> {
    T::deserialize(Node(&scan(text)?))
}

/// A text as a JSON string, with its quotes. The text of a [`Value`] is the same, but whatever
/// writes any value has the tables of floating-point numbers with it, which weigh 10 KB.
///
/// ```
/// use breakwater_core::base::json::quoted;
///
/// assert_eq!(quoted("a \"b\"\n"), r#""a \"b\"\n""#);
/// ```
pub fn quoted(text: &str) -> String {
    // A text always has a JSON form.
    serde_json::to_string(text).unwrap_or_default()
}

/// Reads the member of this name from an object that names its version, or returns the version if
/// it is another one: what a newer one wrote may have another shape.
pub(crate) fn read_versioned<T: for<'de> Deserialize<'de>>(
    text: &str,
    name: &str,
    version: u32,
) -> Result<core::result::Result<T, u32>> {
    let scanned = scan(text)?;
    let member = |name: &str| scanned.get(name).unwrap_or(&Value::Null);
    let found = u32::deserialize(Node(member("version")))?;
    if found != version {
        return Ok(Err(found));
    }
    T::deserialize(Node(member(name))).map(Ok)
}

/// This is a function of its own because [`read`] is compiled once for each type, and this only
/// once.
#[inline(never)]
fn scan(text: &str) -> Result<Value> {
    serde_json::from_str(text)
}

/// A JSON value as serde's source of data.
#[derive(Clone, Copy)]
struct Node<'de>(&'de Value);

impl Node<'_> {
    #[inline(never)]
    fn refused(self, expected: &dyn Expected) -> Error {
        let found = match self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Number(_) => Unexpected::Other("number"),
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Error::invalid_type(found, expected)
    }
}

/// Generates the methods that read one kind of value. Each line names the getter of [`Value`] and
/// the visitor's method.
macro_rules! scalars {
    ($($method:ident: $get:ident => $visit:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.0.$get() {
                Some(value) => visitor.$visit(value),
                None => Err(self.refused(&visitor)),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Error;

    scalars! {
        deserialize_bool: as_bool => visit_bool,
        deserialize_u8: as_u64 => visit_u64,
        deserialize_u16: as_u64 => visit_u64,
        deserialize_u32: as_u64 => visit_u64,
        deserialize_u64: as_u64 => visit_u64,
        deserialize_i8: as_i64 => visit_i64,
        deserialize_i16: as_i64 => visit_i64,
        deserialize_i32: as_i64 => visit_i64,
        deserialize_i64: as_i64 => visit_i64,
        deserialize_f32: as_f64 => visit_f64,
        deserialize_f64: as_f64 => visit_f64,
        deserialize_char: as_str => visit_borrowed_str,
        deserialize_str: as_str => visit_borrowed_str,
        deserialize_string: as_str => visit_borrowed_str,
        deserialize_identifier: as_str => visit_borrowed_str,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(_) => self.deserialize_bool(visitor),
            Value::Number(number) if number.is_u64() => self.deserialize_u64(visitor),
            Value::Number(number) if number.is_i64() => self.deserialize_i64(visitor),
            Value::Number(_) => self.deserialize_f64(visitor),
            Value::String(_) => self.deserialize_str(visitor),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.0.is_null() { visitor.visit_unit() } else { Err(self.refused(&visitor)) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Value::Array(elements) = self.0 else { return Err(self.refused(&visitor)) };
        let mut elements = Elements(elements.iter());
        let read = visitor.visit_seq(&mut elements)?;
        elements.end().map(|()| read)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Value::Object(members) = self.0 else { return Err(self.refused(&visitor)) };
        visitor.visit_map(Members { left: members.iter(), value: &Value::Null })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.variant() {
            Some(variant) => visitor.visit_enum(variant),
            None => Err(self.refused(&visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { i128 u128 bytes byte_buf unit_struct }
}

impl<'de> Node<'de> {
    /// Returns the variant of an enum. It is written as its name, or as an object with one member
    /// whose name is the variant's.
    #[inline(never)]
    fn variant(self) -> Option<Variant<'de>> {
        match self.0 {
            Value::String(name) => Some(Variant { name, content: &Value::Null }),
            Value::Object(members) if members.len() == 1 => {
                members.iter().next().map(|(name, content)| Variant { name, content })
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        }
    }
}

struct Elements<'de>(slice::Iter<'de, Value>);

impl Elements<'_> {
    fn end(&self) -> Result<()> {
        if self.0.len() == 0 { Ok(()) } else { Err(Error::custom("an array is too long")) }
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        self.0.next().map(|element| seed.deserialize(Node(element))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Members<'de> {
    left: map::Iter<'de>,
    /// The value of the member whose name was read last.
    value: &'de Value,
}

impl<'de> Members<'de> {
    #[inline(never)]
    fn next_name(&mut self) -> Option<&'de str> {
        let (name, value) = self.left.next()?;
        self.value = value;
        Some(name)
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        match self.next_name() {
            Some(name) => seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        seed.deserialize(Node(self.value))
    }
}

struct Variant<'de> {
    name: &'de str,
    content: &'de Value,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = Node<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Node<'de>)> {
        let name = seed.deserialize(BorrowedStrDeserializer::<Error>::new(self.name))?;
        Ok((name, Node(self.content)))
    }
}

impl<'de> VariantAccess<'de> for Node<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        if self.0.is_null() { Ok(()) } else { Err(self.refused(&"no content")) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }
}
