//===- text.hpp - C++ over text.h -----------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Objects that destroy themselves, and standard containers for results. Nothing
// throws: what can fail returns std::nullopt and says why in `status`, which
// may be null. text.h says what each function means.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_HPP
#define SWAGE_TEXT_HPP

#include "swage/text.h"
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace swage {

class Tokenizer {
public:
  static std::optional<Tokenizer>
  create(const void *bytes, size_t size, swage_status_t *status = nullptr,
         const swage_allocator_t *allocator = nullptr) {
    swage_tokenizer_t *tokenizer = nullptr;
    if (swage_tokenizer_create(bytes, size, allocator, &tokenizer, status))
      return std::nullopt;
    return Tokenizer(tokenizer);
  }

  std::optional<std::vector<int32_t>>
  encode(std::string_view text, uint32_t flags = SWAGE_ENCODE_ADD_SPECIAL,
         swage_status_t *status = nullptr) const {
    // Mostly enough: a token takes a byte or more.
    std::vector<int32_t> ids(text.size() + 16);
    size_t count = 0;
    for (;;) {
      if (swage_tokenizer_encode(get(), text.data(), text.size(), flags,
                                 ids.data(), ids.size(), &count, status))
        return std::nullopt;
      bool fits = count <= ids.size();
      ids.resize(count);
      if (fits)
        return ids;
    }
  }

  /// All text of `ids` at once.
  std::optional<std::string> decode(const std::vector<int32_t> &ids,
                                    uint32_t flags = 0,
                                    swage_status_t *status = nullptr) const;

  std::optional<std::string_view>
  token(int32_t id, swage_status_t *status = nullptr) const {
    const char *bytes = nullptr;
    size_t length = 0;
    if (swage_tokenizer_token(get(), id, &bytes, &length, status))
      return std::nullopt;
    return std::string_view(bytes, length);
  }

  size_t vocabularySize() const {
    return swage_tokenizer_vocabulary_size(get());
  }
  bool isSpecial(int32_t id) const {
    return swage_tokenizer_is_special(get(), id);
  }
  bool isEos(int32_t id) const { return swage_tokenizer_is_eos(get(), id); }
  std::optional<int32_t> bos() const {
    int32_t id = swage_tokenizer_bos(get());
    return id < 0 ? std::nullopt : std::optional<int32_t>(id);
  }
  /// Null if the model came without one.
  const char *chatTemplate() const {
    return swage_tokenizer_chat_template(get());
  }
  /// The text of a conversation, by the model's chat template.
  std::optional<std::string>
  applyChat(const std::vector<swage_chat_message_t> &messages,
            uint32_t flags = SWAGE_CHAT_ADD_GENERATION_PROMPT,
            swage_status_t *status = nullptr) const {
    std::string text(1024, 0);
    size_t length = 0;
    for (;;) {
      if (swage_chat_apply(get(), messages.data(), messages.size(), flags,
                           text.data(), text.size(), &length, status))
        return std::nullopt;
      bool fits = length <= text.size();
      text.resize(length);
      if (fits)
        return text;
    }
  }
  const swage_tokenizer_t *get() const { return handle.get(); }

private:
  struct Destroy {
    void operator()(swage_tokenizer_t *tokenizer) const {
      swage_tokenizer_destroy(tokenizer);
    }
  };
  explicit Tokenizer(swage_tokenizer_t *tokenizer) : handle(tokenizer) {}
  std::unique_ptr<swage_tokenizer_t, Destroy> handle;
};

/// Its tokenizer outlives it.
class Decoder {
public:
  static std::optional<Decoder> create(const Tokenizer &tokenizer,
                                       uint32_t flags = 0,
                                       swage_status_t *status = nullptr) {
    swage_decoder_t *decoder = nullptr;
    if (swage_decoder_create(tokenizer.get(), flags, &decoder, status))
      return std::nullopt;
    return Decoder(decoder);
  }

  /// The view is valid until the next call.
  std::optional<std::string_view> push(int32_t id,
                                       swage_status_t *status = nullptr) {
    const char *text = nullptr;
    size_t length = 0;
    if (swage_decoder_push(handle.get(), id, &text, &length, status))
      return std::nullopt;
    return std::string_view(text, length);
  }
  std::optional<std::string_view> flush(swage_status_t *status = nullptr) {
    const char *text = nullptr;
    size_t length = 0;
    if (swage_decoder_flush(handle.get(), &text, &length, status))
      return std::nullopt;
    return std::string_view(text, length);
  }

private:
  struct Destroy {
    void operator()(swage_decoder_t *decoder) const {
      swage_decoder_destroy(decoder);
    }
  };
  explicit Decoder(swage_decoder_t *decoder) : handle(decoder) {}
  std::unique_ptr<swage_decoder_t, Destroy> handle;
};

class Sampler {
public:
  /// Sets `options.size` itself.
  static std::optional<Sampler>
  create(swage_sampler_options_t options, swage_status_t *status = nullptr,
         const swage_allocator_t *allocator = nullptr) {
    options.size = sizeof(options);
    swage_sampler_t *sampler = nullptr;
    if (swage_sampler_create(&options, allocator, &sampler, status))
      return std::nullopt;
    return Sampler(sampler);
  }

  std::optional<int32_t> sample(const float *logits, size_t count,
                                const std::vector<int32_t> &history,
                                swage_status_t *status = nullptr) {
    int32_t id = -1;
    if (swage_sampler_sample(handle.get(), logits, count, history.data(),
                             history.size(), &id, status))
      return std::nullopt;
    return id;
  }

private:
  struct Destroy {
    void operator()(swage_sampler_t *sampler) const {
      swage_sampler_destroy(sampler);
    }
  };
  explicit Sampler(swage_sampler_t *sampler) : handle(sampler) {}
  std::unique_ptr<swage_sampler_t, Destroy> handle;
};

inline std::optional<std::string>
Tokenizer::decode(const std::vector<int32_t> &ids, uint32_t flags,
                  swage_status_t *status) const {
  std::optional<Decoder> decoder = Decoder::create(*this, flags, status);
  if (!decoder)
    return std::nullopt;
  std::string text;
  for (int32_t id : ids) {
    std::optional<std::string_view> piece = decoder->push(id, status);
    if (!piece)
      return std::nullopt;
    text += *piece;
  }
  std::optional<std::string_view> rest = decoder->flush(status);
  if (!rest)
    return std::nullopt;
  return text.append(*rest);
}

} // namespace swage

#endif // SWAGE_TEXT_HPP
