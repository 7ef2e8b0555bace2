//===- TextStream.cpp - Generated text as it comes ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/TextStream.h"
#include "compiler/tools/swage/Console.h"
#include "llvm/Support/raw_ostream.h"

using namespace swage;
using namespace swage::cli;

TextStream::TextStream(const Model &model, bool quiet) : quiet(quiet) {
  if (!model.tokenizer)
    return;
  Status status;
  decoder = Decoder::create(*model.tokenizer, SWAGE_DECODE_SKIP_SPECIAL,
                            status.get());
  check(status, model.path + ": tokenizer");
}

void TextStream::push(int32_t token) {
  if (decoder)
    print(decoder->push(token).value_or(std::string_view()));
  else
    print((first ? "" : " ") + std::to_string(token));
  first = false;
}

void TextStream::finish() {
  if (decoder)
    print(decoder->flush().value_or(std::string_view()));
  if (!quiet)
    llvm::outs() << '\n';
  llvm::outs().flush();
}

void TextStream::print(std::string_view piece) {
  text += piece;
  if (quiet)
    return;
  llvm::outs() << piece;
  llvm::outs().flush();
}
