#!/usr/bin/env python3
"""Makes spm.json, components.json and gguf.json: texts and the ids that the
reference implementations give them.

  generate.py train                    the two SentencePiece models (once)
  generate.py sentencepiece            spm.json
  generate.py components               components.json
  generate.py gguf TOOL                gguf.json

Made with Python 3.11 and the packages sentencepiece 0.2.3, protobuf 7,
transformers 4.57.1 (its slow LlamaTokenizer), tokenizers 0.23.3 (components
only), gguf 0.19.0 and llama.cpp as in llama-cpp-python 0.3.36.

TOOL FILE.gguf is a program of a dozen lines over llama.cpp's llama_vocab. For
each line "FLAGS HEX" of its input, the text's bytes in hexadecimal, it prints a
line "ID,ID,... |HEX": what tokenize(text, FLAGS & 1, FLAGS & 2) gives and the
text that detokenize(ids, true) makes of it.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

TEXTS = [
    "", "a", " ", "   ", "Hello world", " leading", "trailing  ",
    "  two  spaces  ", "a" + " " * 40 + "b", "\n\n\n", "tab\tand\r\nnewline",
    "\u2581meta\u2581sign\u2581", "<s>hello</s>", "x<s> y</s>  z<unk>",
    "[CLS] in [SEP] text [MASK]", "a <|im_start|>  b<note> c <note>d <ctl>",
    "<ud>x<ud> of the Lord, Lord <ud>y", "<0x0A> literal",
    "x<|eot_id|>y <|end_of_text|> <|begin_of_text|>z",
    "na\u00efve caf\u00e9 \u00c0\u00c9\u00ce \u212b", "e\u0301 a\u0323\u0302 q\u0307\u0323e\u0301\u0301",
    "\u0301\u0323 marks first", "\u0130stanbul \u0131I \u0391\u03a3 \u038c\u03a3\u039f\u03a3",
    "\ufb01 ligature \u2460 \u00bd \u2167 \u338f \uff46\uff55\uff4c\uff4c",
    "\uac00\uac01\ud7a3 \ud55c\uad6d\uc5b4 \u1100\u1161\u11a8",
    "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8\u3001\u4e2d\u6587",
    "\U00020000\U0002a6b2 rare", "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
    "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd", "\u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22",
    "\U0001f999 \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u270a\U0001f3fd \u2764\ufe0f",
    "\u043f\u0440\u0438\u0432\u0435\u0442 \u041c\u0418\u0420", "don't CAN'T I'm we've they're , . ! ? ' s",
    "1234567 3.14 \u0663\u0664 \u00b2\u00b3", "C++ && == != $5 + 3 < 4 ^ ` ~ | _under_",
    "wait... -- what?...", "zero\u200bwidth\u200cjoin\u200d\ufeff\u00ad",
    "nul\0ctl\1\x7f\x85\u00a0nbsp\u2028line\u3000wide", "\ufffd \ue000 \u0378",
    "antidisestablishmentarianism", "The LORD said unto Moses, And it came to pass",
    "a" * 30, "ab" * 25, "camelCaseWords HTTPServer \u00e9A A\u00c9b",
]
# Not UTF-8; the references get what Python decodes it to.
BYTES = [b"ab\xffcd", b"\xe2\x82", b"\xf0\x9f\xa6 x \xc3(", b"\xed\xa0\x80"]


def texts():
    for text in TEXTS:
        yield {"text": text}, text
    for raw in BYTES:
        yield {"hex": raw.hex()}, raw.decode(errors="replace")


def shorten(variant):
    """Leaves out what follows from the rest of a variant."""
    cases = variant["cases"]
    whole, ids = next((c["ids_with_special"], c["ids"]) for c in cases
                      if c.get("text") == "a")
    begin = next(i for i in range(len(whole))
                 if whole[i:i + len(ids)] == ids)
    variant["prefix"] = whole[:begin]
    variant["suffix"] = whole[begin + len(ids):]
    for case in cases:
        assert case.pop("ids_with_special") == \
            variant["prefix"] + case["ids"] + variant["suffix"]
        if case.get("ids_special_as_text") == case["ids"]:
            del case["ids_special_as_text"]
    variant["cases"] = variant.pop("cases")


def write(name, content):
    """One case or vocabulary a line, so that differences can be read."""
    lines = {}

    def mark(value):
        lines["@%d@" % len(lines)] = value
        return "@%d@" % (len(lines) - 1)

    for variant in content["variants"]:
        variant["cases"] = mark("[\n%s]" % ",\n".join(
            "    " + json.dumps(case) for case in variant["cases"]))
    for key, metadata in content.get("vocabularies", {}).items():
        content["vocabularies"][key] = mark(json.dumps(metadata))
    text = json.dumps(content, indent=1)
    for at, value in lines.items():
        text = text.replace('"%s"' % at, value)
    with open(os.path.join(HERE, name), "w") as out:
        out.write(text + "\n")


def read_model(kind):
    with open(os.path.join(HERE, "spm-" + kind, "tokenizer.model"), "rb") as f:
        return f.read()


def train():
    import unicodedata
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2 as proto

    with open(os.path.join(HERE, "..", "calibration.txt")) as f:
        lines = [line for line in f.read().split("\n") if line][:500]
    lines += ["na\u00efve caf\u00e9", "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8",
              "\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440", "don't can't 've 're"] * 4
    rules = [(c, " ") for c in "\t\n\r\u00a0\u2028\u3000\x85\u200b"]
    rules += [("\u00ad", ""), ("\ufeff", ""), ("\u0301", ""), ("--", "\u2014"),
              ("-", "\u2010"), ("...", "  \u2026  "), ("e\u0301\u0301", "E"),
              ("\U0001f469", "woman"), ("\u1100\u1161\u11a8", "\uac01")]
    rules += [(c, unicodedata.normalize("NFKC", c))
              for c in "\ufb01\ufb02\u2460\u00bd\u2167\u338f\uff46\uff55\uff4c\uff01\u212b"]
    rules += [(c, unicodedata.normalize("NFC", c))
              for c in ("e\u0301", "a\u0323\u0302", "q\u0307\u0323")
              if unicodedata.normalize("NFC", c) != c]
    points = lambda text: " ".join("%X" % ord(c) for c in text)
    kinds = {
        "bpe": dict(model_type="bpe", vocab_size=460, byte_fallback=True,
                    normalization_rule_name="identity",
                    remove_extra_whitespaces=False, split_digits=True,
                    allow_whitespace_only_pieces=True,
                    user_defined_symbols=["<ud>", "<ud>x", "the Lord", "\n\n"]),
        "unigram": dict(model_type="unigram", vocab_size=280,
                        normalization_rule_tsv="rules.tsv",
                        user_defined_symbols=["<ud>", "<ud>x", "Lord"]),
    }
    for kind, options in kinds.items():
        folder = os.path.join(HERE, "spm-" + kind)
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            os.chdir(scratch)
            with open("corpus.txt", "w") as f:
                f.write("\n".join(lines))
            with open("rules.tsv", "w") as f:
                f.writelines("%s\t%s\n" % (points(a), points(b)) for a, b in rules)
            sentencepiece.SentencePieceTrainer.train(
                input="corpus.txt", model_prefix="m", character_coverage=0.98,
                control_symbols=["<ctl>"], max_sentencepiece_length=10,
                hard_vocab_limit=False, num_threads=1, minloglevel=2, **options)
            model = proto.ModelProto()
            with open("m.model", "rb") as f:
                model.ParseFromString(f.read())
            os.chdir(HERE)
        normal = [p for p in model.pieces if p.type == 1 and len(p.piece) > 1]
        for piece in normal[::9]:
            piece.type = 5
        model.trainer_spec.ClearField("input")
        with open(os.path.join(folder, "tokenizer.model"), "wb") as f:
            f.write(model.SerializeToString())


# Bytes behind the model change its specifications, as protobuf merges them.
def normalizer_spec(**flags):
    numbers = {"add_dummy_prefix": 3, "remove_extra_whitespaces": 4,
               "escape_whitespaces": 5}
    data = b"".join(bytes([numbers[k] << 3, v]) for k, v in flags.items())
    return bytes([3 << 3 | 2, len(data)]) + data


SPACE_IS_SUFFIX = bytes([2 << 3 | 2, 3, 24 << 3 & 0x7F | 0x80, 24 >> 4, 1])

CTL = {"content": "<ctl>", "lstrip": False, "normalized": False,
       "rstrip": False, "single_word": False, "special": True}


def sentencepiece_variants():
    def added(id, content, **flags):
        return {str(id): dict(CTL, content=content, **flags)}

    bpe, unigram = (len(model_pieces(k)) for k in ("bpe", "unigram"))
    plain = {"added_tokens_decoder": added(3, "<ctl>")}
    return [
        ("defaults", "bpe", b"", {"tokenizer_config.json": plain}),
        ("added tokens, eos", "bpe", b"", {
            "tokenizer_config.json": {
                "tokenizer_class": "LlamaTokenizer", "bos_token": "<s>",
                "eos_token": "</s>", "add_bos_token": False, "add_eos_token": True,
                "added_tokens_decoder": {
                    **plain["added_tokens_decoder"],
                    **added(bpe + 2, "<note>", special=False, rstrip=True)}},
            # Not read, as there is an added_tokens_decoder.
            "added_tokens.json": {"<|im_start|>": bpe}}),
        ("tokens of added_tokens.json", "bpe", b"", {
            "tokenizer_config.json": {},
            "added_tokens.json": {"<ctl>": 3, "<|im_start|>": bpe,
                                  "<note>": bpe + 2},
            "special_tokens_map.json": {"additional_special_tokens": [
                "<|im_start|>", dict(CTL, content="<ctl>")]}}),
        ("not legacy", "bpe", b"",
         {"tokenizer_config.json": dict(plain, legacy=False)}),
        ("no dummy prefix", "bpe", normalizer_spec(add_dummy_prefix=0),
         {"tokenizer_config.json": plain}),
        ("extra white space goes", "bpe",
         normalizer_spec(remove_extra_whitespaces=1),
         {"tokenizer_config.json": plain}),
        ("space is suffix", "bpe", SPACE_IS_SUFFIX,
         {"tokenizer_config.json": plain}),
        ("unigram", "unigram", b"", {"tokenizer_config.json": plain}),
        ("unigram, white space stays", "unigram",
         normalizer_spec(remove_extra_whitespaces=0, escape_whitespaces=0),
         {"tokenizer_config.json": plain}),
    ]


def model_pieces(kind):
    from sentencepiece import sentencepiece_model_pb2 as proto
    model = proto.ModelProto()
    model.ParseFromString(read_model(kind))
    return model.pieces


def make_sentencepiece():
    from transformers import LlamaTokenizer

    variants = []
    for name, kind, append, files in sentencepiece_variants():
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/tokenizer.model", "wb") as f:
                f.write(read_model(kind) + append)
            for file, content in files.items():
                with open(folder + "/" + file, "w") as f:
                    json.dump(content, f)
            tokenizer = LlamaTokenizer.from_pretrained(
                folder, clean_up_tokenization_spaces=False)
        has_others = any(not t.special for t in
                         tokenizer.added_tokens_decoder.values())
        cases = []
        for case, text in texts():
            case["ids"] = tokenizer.encode(text, add_special_tokens=False)
            case["ids_with_special"] = tokenizer.encode(text)
            # Else the model does not begin texts as the tokenizer does.
            if not has_others and tokenizer.legacy:
                as_text = tokenizer.sp_model.encode(text)
                case["ids_special_as_text"] = as_text
                if 0 not in as_text:
                    case["decoded"] = tokenizer.sp_model.decode(as_text)
            cases.append(case)
        variants.append({"name": name, "model": "spm-" + kind,
                         "append": append.hex(), "files": files,
                         "cases": cases})
        shorten(variants[-1])
    write("spm.json", {
        "comment": "Ids by LlamaTokenizer of transformers 4.57.1 over "
                   "sentencepiece 0.2.3, see generate.py. `decoded` is made of "
                   "`ids_special_as_text`.",
        "variants": variants})


def make_components():
    from sentencepiece import sentencepiece_model_pb2 as proto
    from tokenizers import Tokenizer

    with open(HERE + "/unigram/tokenizer.json") as f:
        unigram = json.load(f)
    model = proto.ModelProto()
    model.ParseFromString(read_model("unigram"))
    charsmap = base64.b64encode(
        model.normalizer_spec.precompiled_charsmap).decode()
    step = {"type": "Precompiled", "precompiled_charsmap": charsmap}
    # With a token for each byte, every change of the text shows.
    vocabulary = unigram["model"]["vocab"]
    vocabulary = vocabulary[:3] + [["<0x%02X>" % i, 0.0] for i in range(256)] + \
        vocabulary[3:]
    fallback = {"vocab": vocabulary, "byte_fallback": True}
    with open(HERE + "/tokenizer.json") as f:
        bytes_base = json.load(f)
    # What Falcon's file has; the last two steps see bytes as characters.
    falcon = {"type": "Sequence", "pretokenizers": [
        {"type": "Punctuation", "behavior": "Contiguous"},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
         "use_regex": True},
        {"type": "Digits", "individual_digits": False},
        {"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"},
         "behavior": "Isolated", "invert": False}]}
    variants = []
    for name, folder, base, overrides in [
            ("precompiled alone", "unigram", unigram, {"normalizer": step}),
            ("precompiled in a sequence, byte fallback", "unigram", unigram, {
                "model": fallback, "added_tokens": unigram["added_tokens"][:3],
                "normalizer": {"type": "Sequence", "normalizers": [
                    step, {"type": "Strip", "strip_left": False,
                           "strip_right": True}]},
                "decoder": {"type": "Sequence", "decoders": [
                    {"type": "ByteFallback"}, {"type": "Fuse"}]}}),
            ("falcon", ".", bytes_base, {"pre_tokenizer": falcon})]:
        changed = dict(base, **overrides)
        changed["model"] = dict(base["model"], **overrides.get("model", {}))
        tokenizer = Tokenizer.from_str(json.dumps(changed))
        cases = []
        for case, text in texts():
            tokenizer.encode_special_tokens = True
            as_text = tokenizer.encode(text, add_special_tokens=False).ids
            tokenizer.encode_special_tokens = False
            case["ids"] = tokenizer.encode(text, add_special_tokens=False).ids
            if as_text != case["ids"]:
                case["ids_special_as_text"] = as_text
            cases.append(case)
        variants.append({"name": name, "base": folder,
                         "overrides": overrides, "cases": cases})
    write("components.json", {
        "comment": "As cases.json, for the tokenizer.json in the folder `base`; "
                   "by tokenizers 0.23.3, see generate.py.",
        "variants": variants})


def gguf_vocabularies():
    """Metadata below `tokenizer.ggml.`; arrays of bytes as {"base64": ...}."""
    from sentencepiece import sentencepiece_model_pb2 as proto

    def pieces(kind, **more):
        all = model_pieces(kind)
        return dict({"tokens": [p.piece for p in all],
                     "scores": [p.score for p in all],
                     "token_type": [p.type for p in all],
                     "bos_token_id": 1, "eos_token_id": 2,
                     "unknown_token_id": 0}, **more)

    model = proto.ModelProto()
    model.ParseFromString(read_model("unigram"))
    charsmap = {"base64": base64.b64encode(
        model.normalizer_spec.precompiled_charsmap).decode()}
    with open(HERE + "/wordpiece/tokenizer.json") as f:
        bert = json.load(f)
    special = {t["content"] for t in bert["added_tokens"]}
    vocab = bert["model"]["vocab"]
    words = [t if t in special else t[2:] if t.startswith("##") else "\u2581" + t
             for t in sorted(vocab, key=vocab.get)]
    with open(HERE + "/tokenizer.json") as f:
        bpe = json.load(f)
    ids = dict(bpe["model"]["vocab"],
               **{t["content"]: t["id"] for t in bpe["added_tokens"]})
    tokens = ["[PAD%d]" % i for i in range(max(ids.values()) + 1)]
    types = [5] * len(tokens)
    for content, id in ids.items():
        tokens[id], types[id] = content, 1
    for t in bpe["added_tokens"]:
        types[t["id"]] = 3 if t["special"] else 4
    return {
        "llama": pieces("bpe", model="llama"),
        "t5": pieces("unigram", model="t5", precompiled_charsmap=charsmap,
                     add_space_prefix=True, remove_extra_whitespaces=True),
        "bert": {"model": "bert", "tokens": words,
                 "token_type": [3 if t in special else 1 for t in words],
                 "bos_token_id": vocab["[CLS]"], "cls_token_id": vocab["[CLS]"],
                 "seperator_token_id": vocab["[SEP]"],
                 "unknown_token_id": vocab["[UNK]"],
                 "padding_token_id": vocab["[PAD]"],
                 "mask_token_id": vocab["[MASK]"]},
        "gpt2": {"model": "gpt2", "tokens": tokens, "token_type": types,
                 "merges": [m if isinstance(m, str) else " ".join(m)
                            for m in bpe["model"]["merges"]],
                 "bos_token_id": ids["<|begin_of_text|>"],
                 "eos_token_id": ids["<|end_of_text|>"]},
    }


def write_gguf(path, metadata):
    import gguf
    writer = gguf.GGUFWriter(path, "llama")
    array = gguf.GGUFValueType.ARRAY
    for key, value in metadata.items():
        key = "tokenizer.ggml." + key
        if value is None:
            continue
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        elif isinstance(value, dict):
            writer.add_key_value(key, base64.b64decode(value["base64"]), array,
                                 sub_type=gguf.GGUFValueType.UINT8)
        elif isinstance(value[0], str):
            writer.add_array(key, value)
        else:
            kind = gguf.GGUFValueType.FLOAT32 if isinstance(value[0], float) \
                else gguf.GGUFValueType.INT32
            writer.add_key_value(key, value, array, sub_type=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def make_gguf(tool):
    vocabularies = gguf_vocabularies()
    variants = [("llama", "llama", {}),
                ("llama, no space in front, eos", "llama",
                 {"add_space_prefix": False, "add_bos_token": False,
                  "add_eos_token": True}),
                ("t5", "t5", {}),
                ("t5, spaces stay", "t5", {"remove_extra_whitespaces": False}),
                ("t5, spaces merge, none in front", "t5",
                 {"add_space_prefix": False}),
                ("bert", "bert", {}),
                ("bert, cased", "bert", {"normalizer.lowercase": False}),
                ("bert, accents", "bert", {"normalizer.strip_accents": False})]
    # Without types, llama.cpp knows some control tokens by name.
    variants.append(("control tokens by name", "gpt2",
                     {"pre": "llama-bpe", "token_type": None}))
    for pre in ["gpt-2", "smollm", "llama-bpe", "dbrx", "glm4", "qwen2",
                "qwen35", "tekken", "gpt-4o", "falcon"]:
        variants.append((pre, "gpt2", {"pre": pre}))
    result = []
    for name, vocabulary, metadata in variants:
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/vocabulary.gguf"
            write_gguf(path, dict(vocabularies[vocabulary], **metadata))
            ids = {}
            for key, flags in [("ids", 2), ("ids_special_as_text", 0),
                               ("ids_with_special", 3)]:
                lines = "".join("%d %s\n" % (flags, text.encode().hex())
                                for _, text in texts())
                out = subprocess.run([tool, path], input=lines, text=True,
                                     check=True, capture_output=True).stdout
                ids[key] = [[int(id) for id in line.split("|")[0].split(",")
                             if id.strip()] for line in out.splitlines()]
        cases = [case for case, _ in texts()]
        for key in ids:
            for case, found in zip(cases, ids[key], strict=True):
                case[key] = found
        result.append({"name": name, "vocabulary": vocabulary,
                       "metadata": metadata, "cases": cases})
        shorten(result[-1])
    write("gguf.json", {
        "comment": "Ids by llama.cpp as in llama-cpp-python 0.3.36, see "
                   "generate.py. Metadata is below tokenizer.ggml.",
        "vocabularies": vocabularies, "variants": result})


if __name__ == "__main__":
    {"train": train, "sentencepiece": make_sentencepiece,
     "components": make_components, "gguf": make_gguf}[sys.argv[1]](
         *sys.argv[2:])
