//===- SessionCalls.cpp - What sessions and sequences do ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SessionCalls.h"
#include <algorithm>
#include <cstring>

namespace swage::python {

namespace {

/// Arrays one behind the other, as the C API takes them. One alone is used
/// where it lies.
class Joined {
public:
  explicit Joined(std::vector<Int32s> given) : parts(std::move(given)) {
    if (parts.size() == 1) {
      start = parts[0].data();
      count = parts[0].size();
      return;
    }
    for (const Int32s &part : parts)
      copy.insert(copy.end(), part.data(), part.data() + part.size());
    start = copy.data();
    count = copy.size();
  }
  Joined(const Joined &) = delete;
  const int32_t *data() const { return start; }
  size_t size() const { return count; }

private:
  std::vector<Int32s> parts;
  std::vector<int32_t> copy;
  const int32_t *start = nullptr;
  size_t count = 0;
};

} // namespace

/// Runs `call` on the session without the interpreter's lock.
template <typename Call> static void locked(LockedSession &session, Call call) {
  nb::gil_scoped_release release;
  std::lock_guard<std::mutex> lock(session.mutex);
  Status status;
  call(session.session, status);
  check(status);
}

/// Logits where the session keeps them; the view keeps the session.
static Matrix view(const std::shared_ptr<LockedSession> &session,
                   const Logits &logits) {
  const float *data = logits.rows() ? logits[0] : nullptr;
  int64_t stride =
      logits.rows() > 1 ? logits[1] - logits[0] : int64_t(logits.columns());
  return {
      data, {logits.rows(), logits.columns()}, nb::cast(session), {stride, 1}};
}

//===----------------------------------------------------------------------===//
// Session
//===----------------------------------------------------------------------===//

std::shared_ptr<LockedSession>
createSession(const Module &module,
              const std::optional<std::string> &entryPoint,
              const std::optional<std::string> &kvCache, uint32_t context,
              uint32_t maxSequences, uint32_t maxRows, uint32_t maxLogitRows) {
  nb::gil_scoped_release release;
  SessionOptions options;
  options.entry_point = entryPoint ? entryPoint->c_str() : nullptr;
  options.kv_cache = kvCache ? kvCache->c_str() : nullptr;
  options.context = context;
  options.max_sequences = maxSequences;
  options.max_rows = maxRows;
  options.max_logit_rows = maxLogitRows;
  Status status;
  auto session = std::make_shared<LockedSession>();
  session->session = Session::create(module, options, status);
  check(status);
  return session;
}

std::vector<ResultInfo> results(const LockedSession &self) {
  std::vector<ResultInfo> infos;
  Status status;
  for (uint32_t i = 0; i < self.session.info().result_count; ++i) {
    swage_result_info_t info = self.session.result(i, status);
    check(status);
    infos.push_back({info.name, info.columns, info.per_sequence != 0});
  }
  return infos;
}

OwnedSequence createSequence(const std::shared_ptr<LockedSession> &self,
                             std::optional<uint32_t> length) {
  OwnedSequence sequence(self, -1);
  locked(*self, [&](Session &session, Status &status) {
    sequence.id = session.createSequence(status);
    if (length)
      session.declare(sequence.id, *length, status);
  });
  return sequence;
}

/// The tokens of a batch's parts, and whose and how many they are.
static std::vector<Int32s> readParts(const LockedSession &self,
                                     nb::iterable batch,
                                     std::vector<swage_sequence_rows_t> &rows) {
  std::vector<Int32s> parts;
  for (nb::handle item : batch) {
    if (nb::len(item) != 2)
      throw nb::type_error("a batch has pairs of a sequence and its tokens");
    const auto *sequence = nb::cast<const OwnedSequence *>(item[0]);
    sequence->checkOpen();
    if (sequence->owner.get() != &self)
      throw nb::value_error("the sequence is of another session");
    parts.emplace_back(item[1], "tokens");
    rows.push_back({sequence->id, uint32_t(parts.back().size())});
  }
  return parts;
}

Matrix forward(const std::shared_ptr<LockedSession> &self, nb::iterable batch,
               nb::object logitRows, nb::object positions,
               nb::object tokenTypes) {
  std::vector<swage_sequence_rows_t> rows;
  Joined tokens(readParts(*self, batch, rows));
  Batch given;
  given.tokens = tokens.data();
  given.row_count = tokens.size();
  given.sequences = rows.data();
  given.sequence_count = rows.size();
  // Arrays stay alive until the call is over.
  std::vector<Int32s> arrays;
  arrays.reserve(3);
  auto read = [&](nb::object object, const char *what, bool eachRow) {
    if (object.is_none())
      return (const int32_t *)nullptr;
    arrays.emplace_back(object, what);
    if (eachRow && arrays.back().size() != tokens.size())
      throw nb::value_error(
          (std::string(what) + " must be as many as tokens").c_str());
    return arrays.back().data();
  };
  given.positions = read(positions, "positions", true);
  given.token_types = read(tokenTypes, "token_types", true);
  // No rows at all are a choice too, so the pointer must not be null.
  static const int32_t none = 0;
  if (!logitRows.is_none()) {
    given.logit_rows = read(logitRows, "logit_rows", false);
    given.logit_row_count = arrays.back().size();
    if (!given.logit_rows)
      given.logit_rows = &none;
  }
  Logits logits;
  locked(*self, [&](Session &session, Status &status) {
    logits = session.forward(given, status);
  });
  return view(self, logits);
}

nb::typed<nb::dict, std::string, Results>
encode(const std::shared_ptr<LockedSession> &self, nb::iterable texts,
       std::optional<std::vector<std::string>> names, nb::object tokenTypes) {
  std::vector<uint32_t> lengths;
  std::vector<Int32s> parts;
  for (nb::handle text : texts) {
    parts.emplace_back(text, "a text");
    lengths.push_back(uint32_t(parts.back().size()));
  }
  Joined tokens(std::move(parts));
  Texts given;
  given.tokens = tokens.data();
  given.row_count = tokens.size();
  given.lengths = lengths.data();
  given.text_count = lengths.size();
  std::vector<Int32s> typeParts;
  if (!tokenTypes.is_none())
    for (nb::handle text : nb::cast<nb::iterable>(tokenTypes))
      typeParts.emplace_back(text, "token_types");
  Joined types(std::move(typeParts));
  if (!tokenTypes.is_none()) {
    if (types.size() != tokens.size())
      throw nb::value_error("token_types must be as many as tokens");
    given.token_types = types.data();
  }

  // Results are computed into the arrays that Python gets.
  nb::dict arrays;
  std::vector<Output> outputs;
  std::vector<ResultInfo> infos = results(*self);
  std::vector<std::string> wanted;
  if (names)
    wanted = std::move(*names);
  else
    for (const ResultInfo &info : infos)
      wanted.push_back(info.name);
  for (const std::string &name : wanted) {
    auto info = std::find_if(infos.begin(), infos.end(), [&](const auto &info) {
      return info.name == name;
    });
    if (info == infos.end())
      throw nb::key_error(
          ("the entry point has no result '" + name + "'").c_str());
    size_t rows = info->perSequence ? lengths.size() : tokens.size();
    size_t count = rows * info->columns;
    OwnedArray<float> array(count);
    outputs.push_back({info->name.c_str(), array.data, count});
    arrays[name.c_str()] =
        Results(array.data, {rows, info->columns}, array.owner);
  }
  locked(*self, [&](Session &session, Status &status) {
    session.encode(given, outputs.data(), outputs.size(), status);
  });
  return arrays;
}

/// Seconds from now; none takes the deadline away.
void setDeadline(LockedSession &self, std::optional<double> seconds) {
  uint64_t nanoseconds = 0;
  if (seconds) {
    if (!(*seconds > 0 && *seconds < 1e9))
      throw nb::value_error("a deadline is a positive number of seconds");
    nanoseconds = std::max<uint64_t>(uint64_t(*seconds * 1e9), 1);
  }
  locked(self,
         [&](Session &session, Status &) { session.setDeadline(nanoseconds); });
}

nb::bytes save(const std::shared_ptr<LockedSession> &self,
               nb::iterable sequences) {
  std::vector<swage_sequence_t> ids;
  for (nb::handle item : sequences) {
    const auto *sequence = nb::cast<const OwnedSequence *>(item);
    sequence->checkOpen();
    if (sequence->owner.get() != self.get())
      throw nb::value_error("the sequence is of another session");
    ids.push_back(sequence->id);
  }
  std::string bytes;
  locked(*self, [&](Session &session, Status &status) {
    bytes.reserve(session.saveSize(ids.data(), ids.size(), status));
    auto write = [&](const void *data, size_t size) {
      bytes.append(static_cast<const char *>(data), size);
      return true;
    };
    session.save(ids.data(), ids.size(), write, status);
  });
  return nb::bytes(bytes.data(), bytes.size());
}

std::vector<OwnedSequence> load(const std::shared_ptr<LockedSession> &self,
                                nb::bytes saved) {
  const char *next = saved.c_str(), *end = next + saved.size();
  std::vector<swage_sequence_t> ids(self->session.info().max_sequences);
  locked(*self, [&](Session &session, Status &status) {
    auto read = [&](void *to, size_t size) {
      if (size > size_t(end - next))
        return false;
      memcpy(to, next, size);
      next += size;
      return true;
    };
    ids.resize(session.load(read, ids.data(), ids.size(), status));
  });
  std::vector<OwnedSequence> sequences;
  for (swage_sequence_t id : ids)
    sequences.emplace_back(self, id);
  return sequences;
}

//===----------------------------------------------------------------------===//
// Sequence
//===----------------------------------------------------------------------===//

Matrix append(OwnedSequence &self, nb::object tokens) {
  self.checkOpen();
  Int32s ids(tokens, "tokens");
  Logits logits;
  locked(*self.owner, [&](Session &session, Status &status) {
    logits = session.append(self.id, ids.data(), ids.size(), status);
  });
  return view(self.owner, logits);
}

OwnedSequence fork(const OwnedSequence &self) {
  self.checkOpen();
  OwnedSequence copy(self.owner, -1);
  locked(*self.owner, [&](Session &session, Status &status) {
    copy.id = session.fork(self.id, status);
  });
  return copy;
}

void truncate(OwnedSequence &self, uint32_t length) {
  self.checkOpen();
  locked(*self.owner, [&](Session &session, Status &status) {
    session.truncate(self.id, length, status);
  });
}

uint32_t length(const OwnedSequence &self) {
  self.checkOpen();
  uint32_t result = 0;
  locked(*self.owner, [&](Session &session, Status &status) {
    result = session.length(self.id, status);
  });
  return result;
}

} // namespace swage::python
