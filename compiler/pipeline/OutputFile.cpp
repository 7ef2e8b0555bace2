//===- OutputFile.cpp - Text files that appear whole or not at all --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/OutputFile.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

static Error cannotWrite(StringRef path, StringRef why) {
  return createStringError(inconvertibleErrorCode(), "cannot write '%s': %s",
                           path.str().c_str(), why.str().c_str());
}

Error swage::writeFile(StringRef path,
                       function_ref<void(raw_ostream &)> write) {
  if (path == "-") {
    write(outs());
    outs().flush();
    return Error::success();
  }
  Expected<sys::fs::TempFile> file =
      sys::fs::TempFile::create(path + ".tmp-%%%%%%", 0644);
  if (!file)
    return cannotWrite(path, toString(file.takeError()));
  {
    raw_fd_ostream os(file->FD, /*shouldClose=*/false);
    write(os);
    os.flush();
    if (std::error_code error = os.error()) {
      os.clear_error();
      consumeError(file->discard());
      return cannotWrite(path, error.message());
    }
  }
  if (Error error = file->keep(path))
    return cannotWrite(path, toString(std::move(error)));
  return Error::success();
}
