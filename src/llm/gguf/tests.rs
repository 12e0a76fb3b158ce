use proptest::prelude::*;

use super::*;

#[path = "../../../tests/support/random_gguf.rs"]
mod random_gguf;

use random_gguf::{REAL, TINY};

type Maker = random_gguf::Gguf;

fn read(bytes: &[u8]) -> Result<Gguf, GgufError> {
    Gguf::read(bytes, u64::try_from(bytes.len()).unwrap())
}

/// The tiny model with something changed.
fn changed(change: impl FnOnce(&mut Maker)) -> Result<Gguf, GgufError> {
    let mut maker = Maker::new(&TINY);
    change(&mut maker);
    read(&maker.bytes())
}

fn message(result: Result<Gguf, GgufError>) -> String {
    result.expect_err("it is to be refused").to_string()
}

#[test]
fn a_sound_file_is_understood() {
    let gguf = changed(|_| {}).unwrap();
    let shape = &gguf.shape;
    assert_eq!((shape.layers, shape.embedding, shape.heads, shape.vocabulary), (2, 64, 2, 384));
    assert_eq!(shape.kept, [64, 64], "one head of 32 numbers, for keys and for values");
    assert_eq!(gguf.metadata.text("general.name"), Some("random weights"));
    assert_eq!(gguf.weights_at + gguf.weight_bytes(), gguf.file_bytes);
}

#[test]
fn real_shapes_have_their_known_sizes() {
    let sizes: Vec<u64> = REAL
        .iter()
        .map(|(_, sizes)| {
            let maker = Maker::new(sizes);
            let header = maker.header();
            // The weights are never read here, so that a length is enough.
            let gguf = Gguf::read(header.as_slice(), 1 << 40).unwrap();
            gguf.tensors.iter().map(Tensor::elements).sum::<u64>() / 1_000_000
        })
        .collect();
    assert_eq!(sizes, [134, 361, 494], "millions of weights, as the models' cards say");
}

#[test]
fn other_files_are_told_apart() {
    assert_eq!(read(b""), Err(GgufError::Magic));
    assert_eq!(read(b"PK\x03\x04 something else"), Err(GgufError::Magic));
    assert_eq!(changed(|file| file.version = 1), Err(GgufError::Version(1)));
    assert_eq!(changed(|file| file.version = 3_u32.swap_bytes()), Err(GgufError::Version(3 << 24)));
}

#[test]
fn counts_beyond_reason_are_refused_before_anything_is_allocated() {
    let mut bytes = Maker::new(&TINY).bytes();
    bytes[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(message(read(&bytes)).contains("number of tensors"));
    let mut bytes = Maker::new(&TINY).bytes();
    bytes[16..24].copy_from_slice(&(1_u64 << 62).to_le_bytes());
    assert!(message(read(&bytes)).contains("number of keys"));
    let huge = [8_u32.to_le_bytes().as_slice(), &(1_u64 << 60).to_le_bytes()].concat();
    assert!(message(changed(|file| file.key("tokenizer.ggml.tokens", 9, huge))).contains("at most"));
    let long = (1_u64 << 40).to_le_bytes().to_vec();
    assert!(message(changed(|file| file.key("general.name", 8, long))).contains("too large"));
}

#[test]
fn what_llama_cpp_would_stumble_over_is_refused() {
    type Change = fn(&mut Maker);
    let cases: [(&str, Change); 18] = [
        ("general.architecture", |f| f.text("general.architecture", "clip")),
        ("general.architecture", |f| f.keys.retain(|key| key.name != "general.architecture")),
        ("general.alignment", |f| f.whole("general.alignment", 33)),
        ("llama.block_count", |f| f.whole("llama.block_count", 0)),
        ("llama.block_count", |f| f.whole("llama.block_count", 4_000_000_000)),
        ("llama.attention.head_count", |f| f.whole("llama.attention.head_count", 0)),
        ("llama.attention.head_count_kv", |f| f.whole("llama.attention.head_count_kv", 3)),
        ("llama.rope.dimension_count", |f| f.whole("llama.rope.dimension_count", 4_096)),
        ("llama.context_length", |f| f.text("llama.context_length", "long")),
        ("tokenizer.ggml.model", |f| f.text("tokenizer.ggml.model", "no_vocab")),
        ("tokenizer.ggml.tokens", |f| f.whole("tokenizer.ggml.tokens", 7)),
        ("tokenizer.ggml.scores", |f| {
            f.key(
                "tokenizer.ggml.scores",
                9,
                [6_u32.to_le_bytes().as_slice(), &0_u64.to_le_bytes()].concat(),
            );
        }),
        ("tokenizer.ggml.token_type", |f| {
            let few = [0_u32.to_le_bytes().as_slice(), &384_u64.to_le_bytes(), &[0; 384]].concat();
            f.key("tokenizer.ggml.token_type", 9, few);
        }),
        ("split.count", |f| f.whole("split.count", 3)),
        ("token_embd.weight", |f| f.tensors.retain(|tensor| tensor.name != "token_embd.weight")),
        ("is not known", |f| f.tensors[0].kind = 4),
        ("does not go with its type", |f| f.tensors[0].shape = vec![0, 384]),
        ("the same name", |f| f.tensors[1].name = "token_embd.weight".to_owned()),
    ];
    for (says, change) in cases {
        let message = message(changed(change));
        assert!(message.contains(says), "{message:?} should name {says:?}");
    }
}

#[test]
fn a_vocabulary_without_all_bytes_is_refused() {
    let mut bytes = Maker::new(&TINY).bytes();
    let at = bytes.windows(6).position(|window| window == b"<0x7F>").unwrap();
    bytes[at + 3] = b'G';
    assert!(message(read(&bytes)).contains("<0x00>"));
}

#[test]
fn shapes_that_overflow_are_refused() {
    for shape in [vec![u64::MAX], vec![1 << 32, 1 << 32], vec![1 << 62, 2], vec![32; 5], vec![]] {
        let mut maker = Maker::new(&TINY);
        maker.tensors[3].shape.clone_from(&shape);
        assert!(Gguf::read(maker.header().as_slice(), 1 << 40).is_err(), "{shape:?}");
    }
}

#[test]
fn a_file_that_lost_its_end_is_refused_and_says_so() {
    let bytes = Maker::new(&TINY).bytes();
    let weights_at = usize::try_from(read(&bytes).unwrap().weights_at).unwrap();
    assert!(message(read(&bytes[..bytes.len() - 4])).contains("not whole"));
    assert!(message(read(&bytes[..weights_at - 64])).contains("not whole"));
}

#[test]
fn arrays_for_each_layer_are_understood() {
    let heads = |numbers: &[u32]| {
        let length = u64::try_from(numbers.len()).unwrap();
        let mut bytes = [4_u32.to_le_bytes().as_slice(), &length.to_le_bytes()].concat();
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        bytes
    };
    let gguf = changed(|f| f.key("llama.attention.head_count_kv", 9, heads(&[1, 2]))).unwrap();
    assert_eq!(gguf.shape.kept, [64, 128]);
    assert!(changed(|f| f.key("llama.attention.head_count_kv", 9, heads(&[1]))).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(read(&bytes).is_err());
        let with_magic = [b"GGUF\x03\0\0\0".as_slice(), &bytes].concat();
        let _ = read(&with_magic);
    }

    #[test]
    fn a_header_cut_anywhere_is_refused(cut in any::<usize>()) {
        let header = Maker::new(&TINY).header();
        prop_assert!(read(&header[..cut % header.len()]).is_err());
    }

    #[test]
    fn a_spoilt_byte_never_lets_a_tensor_out_of_the_file(at in 0..20_000_usize, byte in any::<u8>()) {
        let mut header = Maker::new(&TINY).header();
        let at = at % header.len();
        header[at] = byte;
        let file_bytes = u64::try_from(Maker::new(&TINY).bytes().len()).unwrap();
        if let Ok(gguf) = Gguf::read(header.as_slice(), file_bytes) {
            for tensor in &gguf.tensors {
                prop_assert!(gguf.weights_at + tensor.offset + tensor.bytes <= file_bytes);
            }
            prop_assert!(gguf.shape.layers <= 512 && gguf.shape.kept.len() == usize::try_from(gguf.shape.layers).unwrap());
        }
    }
}
