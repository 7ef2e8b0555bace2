//===- Text.cpp - swage.Tokenizer, Decoder and Sampler --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "swage/text.hpp"
#include "Bindings.h"
#include <nanobind/stl/pair.h>

namespace swage::python {

/// The value, or the failure that is the reason for there being none.
template <typename T>
static T take(std::optional<T> value, const swage_status_t &status) {
  check(value ? SWAGE_OK : status.code, status);
  return std::move(*value);
}

//===----------------------------------------------------------------------===//
// Tokenizer
//===----------------------------------------------------------------------===//

static void createTokenizer(Tokenizer *self, const Module &module) {
  Status found;
  std::string_view section = module.section("tokenizer", found);
  check(found);
  swage_status_t status;
  new (self) Tokenizer(
      take(Tokenizer::create(section.data(), section.size(), &status), status));
}

static nb::ndarray<nb::numpy, int32_t, nb::ndim<1>>
encode(const Tokenizer &self, const std::string &text, bool addSpecial,
       bool parseSpecial) {
  uint32_t flags = (addSpecial ? SWAGE_ENCODE_ADD_SPECIAL : 0) |
                   (parseSpecial ? SWAGE_ENCODE_PARSE_SPECIAL : 0);
  swage_status_t status;
  std::vector<int32_t> ids = take(self.encode(text, flags, &status), status);
  OwnedArray<int32_t> array(ids.size());
  std::copy(ids.begin(), ids.end(), array.data);
  return {array.data, {ids.size()}, array.owner};
}

static std::string decode(const Tokenizer &self, nb::object tokens,
                          bool skipSpecial) {
  Int32s ids(tokens, "tokens");
  swage_status_t status;
  return take(self.decode({ids.data(), ids.data() + ids.size()},
                          skipSpecial ? SWAGE_DECODE_SKIP_SPECIAL : 0, &status),
              status);
}

static nb::bytes token(const Tokenizer &self, int32_t id) {
  swage_status_t status;
  std::string_view bytes = take(self.token(id, &status), status);
  return nb::bytes(bytes.data(), bytes.size());
}

static std::vector<int32_t> eosTokens(const Tokenizer &self) {
  std::vector<int32_t> ids;
  for (size_t i = 0; i < swage_tokenizer_eos_count(self.get()); ++i)
    ids.push_back(swage_tokenizer_eos(self.get(), i));
  return ids;
}

static std::string
applyChat(const Tokenizer &self,
          const std::vector<std::pair<std::string, std::string>> &messages,
          bool addGenerationPrompt) {
  std::vector<swage_chat_message_t> given;
  for (const auto &[role, content] : messages)
    given.push_back({role.c_str(), content.c_str()});
  swage_status_t status;
  return take(
      self.applyChat(given,
                     addGenerationPrompt ? SWAGE_CHAT_ADD_GENERATION_PROMPT : 0,
                     &status),
      status);
}

static void bindTokenizer(nb::module_ &m) {
  nb::class_<Tokenizer>(
      m, "Tokenizer",
      "A module's tokenizer. It never changes, so any number of threads may "
      "use it.")
      .def("__init__", &createTokenizer, nb::arg("module"),
           nb::keep_alive<1, 2>(),
           "The tokenizer that came with a module; an Error if it has none.")
      .def("encode", &encode, nb::arg("text"), nb::kw_only(),
           nb::arg("add_special") = true, nb::arg("parse_special") = false,
           "The tokens of a text. add_special puts the model's own tokens, "
           "mostly bos, around them; parse_special reads special tokens that "
           "the text spells out, which text from users should not do.")
      .def("decode", &decode, nb::arg("tokens"), nb::kw_only(),
           nb::arg("skip_special") = true,
           nb::sig("def decode(self, tokens: collections.abc.Sequence[int] | "
                   "numpy.typing.NDArray[numpy.integer], *, "
                   "skip_special: bool = True) -> str"),
           "The text of tokens.")
      .def("token", &token, nb::arg("id"),
           "The bytes that a token stands for; not always whole characters.")
      .def("is_special", &Tokenizer::isSpecial, nb::arg("id"),
           "True for an added token such as ``</s>``.")
      .def("is_eos", &Tokenizer::isEos, nb::arg("id"),
           "True for a token that ends a text.")
      .def("apply_chat", &applyChat, nb::arg("messages"), nb::kw_only(),
           nb::arg("add_generation_prompt") = true,
           "One text of a conversation, pairs of a role and its content, by "
           "the model's chat template. Encode it with add_special=False and "
           "parse_special=True.")
      .def_prop_ro("bos_token", &Tokenizer::bos,
                   "The token that begins a text.")
      .def_prop_ro("eos_tokens", &eosTokens, "The tokens that end a text.")
      .def_prop_ro(
          "chat_template",
          [](const Tokenizer &self) -> std::optional<std::string> {
            const char *text = self.chatTemplate();
            return text ? std::optional<std::string>(text) : std::nullopt;
          },
          "The model's chat template; None if it came without one.")
      .def("__len__", &Tokenizer::vocabularySize);
}

//===----------------------------------------------------------------------===//
// Decoder and sampler
//===----------------------------------------------------------------------===//

static void bindDecoder(nb::module_ &m) {
  nb::class_<Decoder>(m, "Decoder",
                      "Turns tokens into text as they come. For one thread.")
      .def(
          "__init__",
          [](Decoder *self, const Tokenizer &tokenizer, bool skipSpecial) {
            swage_status_t status;
            new (self) Decoder(take(
                Decoder::create(tokenizer,
                                skipSpecial ? SWAGE_DECODE_SKIP_SPECIAL : 0,
                                &status),
                status));
          },
          nb::arg("tokenizer"), nb::kw_only(), nb::arg("skip_special") = true,
          nb::keep_alive<1, 2>())
      .def(
          "push",
          [](Decoder &self, int32_t id) {
            swage_status_t status;
            return std::string(take(self.push(id, &status), status));
          },
          nb::arg("id"),
          "Takes a token and gives the text that is complete by now, often "
          "none while a character comes in several tokens.")
      .def(
          "flush",
          [](Decoder &self) {
            swage_status_t status;
            return std::string(take(self.flush(&status), status));
          },
          "Ends the text and gives what is left of it; the decoder is then as "
          "new.");
}

static void createSampler(Sampler *self, float temperature, uint32_t topK,
                          float topP, float minP, float repetitionPenalty,
                          uint32_t repetitionWindow, uint64_t seed) {
  swage_sampler_options_t options = {};
  options.temperature = temperature;
  options.top_k = topK;
  options.top_p = topP;
  options.min_p = minP;
  options.repetition_penalty = repetitionPenalty;
  options.repetition_window = repetitionWindow;
  options.seed = seed;
  swage_status_t status;
  new (self) Sampler(take(Sampler::create(options, &status), status));
}

using Row = nb::ndarray<const float, nb::device::cpu>;

static int32_t sample(Sampler &self, const Row &logits, nb::object history) {
  bool isRow =
      logits.ndim() == 1 || (logits.ndim() == 2 && logits.shape(0) == 1);
  size_t last = logits.ndim() - 1;
  if (!isRow || logits.stride(last) != 1)
    throw nb::value_error("logits must be one row, dense in memory");
  std::vector<int32_t> ids;
  if (!history.is_none()) {
    Int32s given(history, "history");
    ids.assign(given.data(), given.data() + given.size());
  }
  swage_status_t status;
  return take(self.sample(logits.data(), logits.shape(last), ids, &status),
              status);
}

static void bindSampler(nb::module_ &m) {
  nb::class_<Sampler>(m, "Sampler",
                      "Chooses the next token from logits, by the steps of "
                      "Hugging Face. For one thread.")
      .def("__init__", &createSampler, nb::kw_only(),
           nb::arg("temperature") = 0.0f, nb::arg("top_k") = 0,
           nb::arg("top_p") = 0.0f, nb::arg("min_p") = 0.0f,
           nb::arg("repetition_penalty") = 0.0f,
           nb::arg("repetition_window") = 0, nb::arg("seed") = 0,
           "Temperature 0 takes the likeliest token; 0 elsewhere is off. The "
           "same seed, options and logits give the same tokens.")
      .def("sample", &sample, nb::arg("logits"),
           nb::arg("history").none() = nb::none(),
           nb::sig("def sample(self, logits: "
                   "numpy.typing.NDArray[numpy.float32], history: "
                   "collections.abc.Sequence[int] | "
                   "numpy.typing.NDArray[numpy.integer] | None = None) -> int"),
           "Chooses a token from one row. history has the tokens so far; only "
           "the repetition penalty reads it.");
}

void bindText(nb::module_ &m) {
  bindTokenizer(m);
  bindDecoder(m);
  bindSampler(m);
}

} // namespace swage::python
