//===- Session.cpp - swage.Session and swage.Sequence ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SessionCalls.h"

namespace swage::python {

static void bindSequence(nb::module_ &m) {
  nb::class_<OwnedSequence>(
      m, "Sequence",
      "Tokens of a session and their cache. Made by Session.create_sequence "
      "or fork; its pages are free again once it is closed or forgotten.")
      .def("append", &append, nb::arg("tokens"),
           nb::sig("def append(self, tokens: collections.abc.Sequence[int] | "
                   "numpy.typing.NDArray[numpy.integer]) -> "
                   "numpy.typing.NDArray[numpy.float32]"),
           "Appends tokens and gives the logits of the last one, [1, columns]: "
           "a read-only view that the session's next call overwrites.")
      .def("fork", &fork,
           "A new sequence with the same past, whose pages are shared.")
      .def("truncate", &truncate, nb::arg("length"),
           "Forgets everything from this position on.")
      .def("close", &OwnedSequence::close,
           "Gives its pages back. Closing again does nothing.")
      .def("__len__", &length)
      .def(
          "__enter__", [](nb::object self) { return self; },
          nb::sig("def __enter__(self) -> Sequence"))
      .def(
          "__exit__", [](OwnedSequence &self, nb::args) { self.close(); },
          nb::sig("def __exit__(self, *args: object) -> None"));
}

/// A property of swage_session_info_t.
template <auto field> static auto info(const LockedSession &self) {
  return self.session.info().*field;
}

void bindSession(nb::module_ &m, nb::class_<Module> &module) {
  nb::class_<ResultInfo>(m, "Result", "What an encoder computes.")
      .def_ro("name", &ResultInfo::name)
      .def_ro("columns", &ResultInfo::columns, "Values in a row.")
      .def_ro("per_sequence", &ResultInfo::perSequence,
              "True if there is a row for each text, false if for each token.");
  bindSequence(m);
  auto session =
      nb::class_<LockedSession>(m, "Session",
                                "Sequences of tokens, their cache, and the "
                                "call that extends them. Made "
                                "by Module.session.\n\n"
                                "Threads that share a session take turns; give "
                                "each its own to run them "
                                "side by side.");
  session
      .def_prop_ro("entry_point", &info<&swage_session_info_t::entry_point>,
                   "The entry point that it calls.")
      .def_prop_ro("context", &info<&swage_session_info_t::context>,
                   "Positions of each sequence.")
      .def_prop_ro("max_sequences", &info<&swage_session_info_t::max_sequences>,
                   "Sequences at the same time.")
      .def_prop_ro("max_rows", &info<&swage_session_info_t::max_rows>,
                   "Rows computed at once.")
      .def_prop_ro("max_logit_rows",
                   &info<&swage_session_info_t::max_logit_rows>,
                   "Rows of one call whose logits can be asked for.")
      .def_prop_ro("columns", &info<&swage_session_info_t::columns>,
                   "Logits in a row.")
      .def_prop_ro("state_bytes", &info<&swage_session_info_t::state_bytes>,
                   "Bytes of the cache.")
      .def_prop_ro("arena_bytes", &info<&swage_session_info_t::arena_bytes>,
                   "Bytes of transient memory.")
      .def_prop_ro(
          "whole_sequences",
          [](const LockedSession &self) {
            return self.session.info().whole_sequences != 0;
          },
          "True: encode; false: forward.")
      .def_prop_ro(
          "kv_cache",
          [](const LockedSession &self) -> std::optional<std::string> {
            const char *type = self.session.info().kv_cache;
            return type ? std::optional<std::string>(type) : std::nullopt;
          },
          "The type of the cache; None without one.")
      .def_prop_ro("results", &results, "What encode computes.")
      .def("create_sequence", &createSequence,
           nb::arg("length").none() = nb::none(),
           "A new, empty sequence. A length promises that it will "
           "hold no more "
           "tokens; models whose rotary embedding depends on the "
           "length of a "
           "text use it.")
      .def("forward", &forward, nb::arg("batch"), nb::kw_only(),
           nb::arg("logit_rows").none() = nb::none(),
           nb::arg("positions").none() = nb::none(),
           nb::arg("token_types").none() = nb::none(),
           nb::sig("def forward(self, batch: "
                   "collections.abc.Iterable[tuple["
                   "Sequence, collections.abc.Sequence[int] | "
                   "numpy.typing.NDArray[numpy.integer]]], *, "
                   "logit_rows: collections.abc.Sequence[int] | "
                   "numpy.typing.NDArray[numpy.integer] | None = None, "
                   "positions: collections.abc.Sequence[int] | "
                   "numpy.typing.NDArray[numpy.integer] | None = None, "
                   "token_types: collections.abc.Sequence[int] | "
                   "numpy.typing.NDArray[numpy.integer] | None = None) "
                   "-> "
                   "numpy.typing.NDArray[numpy.float32]"),
           "Appends tokens to several sequences at once and gives "
           "the logits "
           "of each one's last row, or of the rows of the batch "
           "that "
           "logit_rows lists: a read-only view that the session's "
           "next call "
           "overwrites. On failure no sequence has changed.")
      .def("encode", &encode, nb::arg("texts"),
           nb::arg("results").none() = nb::none(), nb::kw_only(),
           nb::arg("token_types").none() = nb::none(),
           nb::sig("def encode(self, texts: collections.abc.Iterable["
                   "collections.abc.Sequence[int] | "
                   "numpy.typing.NDArray[numpy.integer]], "
                   "results: collections.abc.Sequence[str] | None = "
                   "None, *, "
                   "token_types: collections.abc.Iterable["
                   "collections.abc.Sequence[int] | "
                   "numpy.typing.NDArray[numpy.integer]] | None = None) "
                   "-> "
                   "dict[str, numpy.typing.NDArray[numpy.float32]]"),
           "Encodes whole texts, given as tokens, and gives the "
           "results by "
           "name: [texts, columns] where per_sequence, else "
           "[tokens, columns] "
           "with the texts one behind the other. The arrays are the "
           "caller's.");
  session
      .def(
          "cancel", [](LockedSession &self) { self.session.cancel(); },
          "Ends the call that computes on the session in another thread, or "
          "else the next one, with an Error of the code ``cancelled``. No "
          "sequence has changed then.")
      .def("set_deadline", &setDeadline, nb::arg("seconds").none(),
           "Calls that are not done so many seconds from now end with an Error "
           "of the code ``deadline_exceeded``. None takes it away.")
      .def("save", &save, nb::arg("sequences"),
           nb::sig("def save(self, sequences: "
                   "collections.abc.Iterable[Sequence]) -> bytes"),
           "The sequences with their cache, for load of a session of the same "
           "artifact, also in another process.")
      .def("load", &load, nb::arg("saved"),
           "New sequences of what save gave, which go on as the saved ones "
           "would have.");
  module.def(
      "session", &createSession, nb::kw_only(),
      nb::arg("entry_point").none() = nb::none(),
      nb::arg("kv_cache").none() = nb::none(), nb::arg("context") = 0,
      nb::arg("max_sequences") = 0, nb::arg("max_rows") = 0,
      nb::arg("max_logit_rows") = 0,
      "A new session. context: positions of each sequence; max_sequences: how "
      "many there are at once; max_rows: rows computed at once; "
      "max_logit_rows: rows of one call whose logits can be asked for. 0 is "
      "the default of the C API. Memory is reserved here, not in calls.");
}

} // namespace swage::python
