//! How much memory the hub uses, and how much it may.

use std::fs;

use serde::Serialize;

/// In bytes; `None` where the system does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Memory {
    /// In use now.
    pub resident: Option<u64>,
    /// Of it the process's own, not shared with files.
    pub own: Option<u64>,
    /// Most that was ever in use.
    pub peak: Option<u64>,
    /// In the whole machine.
    pub total: Option<u64>,
    /// In the whole machine, free for taking.
    pub available: Option<u64>,
    /// What the process's control group may use, where it is limited.
    pub limit: Option<u64>,
}

impl Memory {
    /// Reads `/proc` and the control group.
    #[must_use]
    pub fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let machine = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Self {
            resident: kib(&status, "VmRSS:"),
            own: kib(&status, "RssAnon:"),
            peak: kib(&status, "VmHWM:"),
            total: kib(&machine, "MemTotal:"),
            available: kib(&machine, "MemAvailable:"),
            limit: group_limit(),
        }
    }

    /// What the hub may use at most: the control group's limit, or the machine's memory.
    #[must_use]
    pub fn ceiling(&self) -> Option<u64> {
        match (self.limit, self.total) {
            (Some(limit), Some(total)) => Some(limit.min(total)),
            (limit, total) => limit.or(total),
        }
    }
}

/// A line such as `VmRSS:     1234 kB`, in bytes.
fn kib(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The smallest limit on the way from the process's control group (version 2) to the root.
fn group_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mut group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mut smallest: Option<u64> = None;
    loop {
        let path = format!("/sys/fs/cgroup{}/memory.max", group.trim_end_matches('/'));
        let limit = fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<u64>().ok());
        smallest = [smallest, limit].into_iter().flatten().min();
        match group.rsplit_once('/') {
            Some((above, last)) if !last.is_empty() => group = above,
            _ => return smallest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_proc_are_understood() {
        assert_eq!(kib("Name:\thomeclaw\nVmRSS:\t   2048 kB\n", "VmRSS:"), Some(2 * 1024 * 1024));
        assert_eq!(kib("VmRSS:\t   lots kB\n", "VmRSS:"), None);
    }

    #[test]
    fn this_process_uses_some_memory() {
        let memory = Memory::read();
        assert!(memory.resident.unwrap() > 100_000);
        assert!(memory.peak >= memory.resident);
        assert!(memory.ceiling() >= memory.resident);
    }
}
