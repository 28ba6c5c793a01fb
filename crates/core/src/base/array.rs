//! Structs that travel and are stored as JSON arrays.

/// Declares a struct that serde writes as an array of its fields, in their order, and reads back
/// from one. An array is a third of the object's length, and the code still has names.
macro_rules! serialize_array {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_visibility:vis $field:ident: $type:ty,)+
    }) => {
        $(#[$meta])*
        $visibility struct $name {
            $($(#[$field_meta])* $field_visibility $field: $type,)+
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                ($(&self.$field,)+).serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let ($($field,)+) = serde::Deserialize::deserialize(deserializer)?;
                Ok(Self { $($field,)+ })
            }
        }
    };
}

pub(crate) use serialize_array;

#[cfg(test)]
mod tests {
    serialize_array! {
        #[derive(Debug, PartialEq)]
        struct Point {
            x: u8,
            name: Option<alloc::string::String>,
        }
    }

    #[test]
    fn a_struct_is_written_as_an_array_and_read_back() {
        let point = Point { x: 3, name: None };
        let json = serde_json::to_string(&point).unwrap();
        assert_eq!(json, "[3,null]");
        assert_eq!(serde_json::from_str::<Point>(&json).unwrap(), point);
        assert!(serde_json::from_str::<Point>("[3]").is_err());
    }
}
