//! Reads how many imports a wasm module has, without a parser for the rest of it.

use anyhow::{Context, Result, bail, ensure};

const HEADER: &[u8] = b"\0asm\x01\0\0\0";
const CUSTOM_SECTION: u8 = 0;
const IMPORT_SECTION: u8 = 2;

/// The number of things that `wasm` wants from its host.
pub(crate) fn import_count(wasm: &[u8]) -> Result<u32> {
    let mut rest = wasm.strip_prefix(HEADER).context("not a wasm module")?;
    while let Some((&id, after)) = rest.split_first() {
        let (size, after) = leb128(after)?;
        let size = usize::try_from(size)?;
        ensure!(size <= after.len(), "a section of the module is cut off");
        let (body, after) = after.split_at(size);
        match id {
            IMPORT_SECTION => return Ok(leb128(body)?.0),
            // Sections come in order; custom ones and types may stand before the imports.
            CUSTOM_SECTION | 1 => rest = after,
            _ => break,
        }
    }
    Ok(0)
}

fn leb128(bytes: &[u8]) -> Result<(u32, &[u8])> {
    const MAX_BYTES: usize = 5;
    let mut value = 0;
    for (i, &byte) in bytes.iter().take(MAX_BYTES).enumerate() {
        value |= u32::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Ok((value, &bytes[i + 1..]));
        }
    }
    bail!("a number in the module is cut off or too long")
}

#[cfg(test)]
mod tests {
    use super::{HEADER, import_count};

    fn module(sections: &[u8]) -> Vec<u8> {
        [HEADER, sections].concat()
    }

    #[test]
    fn module_without_import_section_imports_nothing() {
        assert_eq!(import_count(&module(&[])).unwrap(), 0);
        assert_eq!(import_count(&module(&[1, 1, 0, 3, 1, 0])).unwrap(), 0);
    }

    #[test]
    fn imports_are_counted_behind_types_and_custom_sections() {
        assert_eq!(import_count(&module(&[0, 2, 9, 9, 1, 1, 0, 2, 1, 7])).unwrap(), 7);
        assert_eq!(import_count(&module(&[2, 2, 0x80, 0x01])).unwrap(), 128);
    }

    #[test]
    fn empty_import_section_imports_nothing() {
        assert_eq!(import_count(&module(&[2, 1, 0])).unwrap(), 0);
    }

    #[test]
    fn broken_module_is_an_error() {
        assert!(import_count(b"#!/bin/sh").is_err());
        assert!(import_count(&module(&[2, 9, 0])).is_err());
        assert!(import_count(&module(&[2, 0x80])).is_err());
    }
}
