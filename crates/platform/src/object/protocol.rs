//! How one kind of object is asked.

/// Defines the protocol of one kind of object: an enum of its requests, a client that has a method
/// for each of them, and a trait that the object implements. Both sides have the argument and reply
/// types from here.
///
/// The requests travel as serde writes an enum, the replies as it writes a
/// `Result<T, ObjectError>`.
#[macro_export]
macro_rules! protocol {
    (
        $(#[$about:meta])*
        $client:ident asks $service:ident with $requests:ident at $binding:expr;
        $(
            $(#[$doc:meta])*
            $variant:ident = $method:ident($($argument:ident: $type:ty),*) -> $reply:ty;
        )*
    ) => {
        /// The requests.
        #[allow(
            clippy::large_enum_variant,
            reason = "a request is written or served at once, and never kept"
        )]
        #[derive(Debug, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $requests {
            $($(#[$doc])* $variant($($type),*),)*
        }

        /// What such an object does.
        pub trait $service {
            $(
                $(#[$doc])*
                fn $method(
                    &self,
                    $($argument: $type),*
                ) -> impl Future<Output = Result<$reply, $crate::object::ObjectError>>;
            )*
        }

        impl $requests {
            /// Has the object do what is asked. Returns the reply as it travels.
            ///
            /// # Errors
            /// What the object says is wrong.
            pub async fn serve(
                self,
                object: &impl $service,
            ) -> Result<String, $crate::object::ObjectError> {
                match self {
                    $(Self::$variant($($argument),*) => {
                        $crate::object::encode(&object.$method($($argument),*).await?)
                    })*
                }
            }
        }

        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub struct $client<'a> {
            env: &'a worker::Env,
            name: &'a str,
            hint: Option<&'a str>,
        }

        impl<'a> $client<'a> {
            /// The object of this name.
            pub const fn named(env: &'a worker::Env, name: &'a str) -> Self {
                Self { env, name, hint: None }
            }

            /// The same object, which the platform makes near this place if it is new
            /// (developers.cloudflare.com/durable-objects/reference/data-location).
            #[allow(dead_code, reason = "most objects may be anywhere")]
            #[must_use]
            pub const fn near(self, hint: Option<&'a str>) -> Self {
                Self { hint, ..self }
            }

            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// Why there is no reply.
                pub async fn $method(
                    self,
                    $($argument: $type),*
                ) -> Result<$reply, $crate::object::AskError> {
                    let request = $requests::$variant($($argument),*);
                    let object = (self.name, self.hint);
                    let asked = ($binding, stringify!($method));
                    $crate::object::ask(self.env, asked, object, &request).await
                }
            )*
        }
    };
}
