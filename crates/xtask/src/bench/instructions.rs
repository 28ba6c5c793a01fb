//! The instructions of workerd's process, without the kernel's.
//!
//! Processor time swings with whatever else the machine does; the number of instructions does not.
//! Many virtual machines have no counters of the processor, so that valgrind has to count there.

pub(super) mod callgrind;
pub(super) mod perf;
