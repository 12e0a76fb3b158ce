//! The language model on the board, from its part of the configuration.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use crate::config::{Config, KvCache, LoadModel, Repack};
use crate::llm::{KvType, Llm, Options, Wishes};
use crate::runtime::{Metrics, Supervisor};

use super::POLICY;

fn options(config: &Config) -> Options {
    let models = &config.models;
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    Options {
        folder: models.path.clone().unwrap_or_else(|| config.storage.path.join("models")),
        name: models.name.as_ref().map(|name| name.as_str().to_owned()),
        wishes: Wishes {
            context: models.context.get(),
            kv: match models.kv_cache {
                KvCache::Auto => None,
                KvCache::F16 => Some(KvType::F16),
                KvCache::Q8_0 => Some(KvType::Q8),
            },
            repack: match models.repack {
                Repack::Auto => None,
                Repack::On => Some(true),
                Repack::Off => Some(false),
            },
            limit: models.memory_limit.map(crate::config::MemorySize::bytes),
        },
        threads: models.threads.map_or_else(|| u16::try_from(cores - 1).unwrap_or(1).max(1), |n| n.get()),
        load_at_start: models.load == LoadModel::AtStart,
        idle: models.idle.map(crate::config::Span::get),
        state_folder: Some(config.storage.path.join("kv")),
    }
}

/// Runs the model's thread. Nothing is loaded before somebody asks, unless the configuration says so.
pub(super) fn supervise(edges: &mut Supervisor, config: &Config, metrics: &Metrics) -> Llm {
    let llm = Llm::new(options(config));
    // A build without the engine has nothing to run.
    if cfg!(feature = "llm") {
        llm.figures(metrics);
        let running = llm.clone();
        edges.spawn("model", POLICY, move |part| {
            let running = running.clone();
            async move { running.run(part).await }
        });
    }
    llm
}
