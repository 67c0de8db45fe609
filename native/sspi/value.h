#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "platform.h"
#include "secure_memory.h"

namespace sspi {

struct Value;

// The names of a record's fields, with commas between them. Each kind of record is one object that lives forever, so
// that its address identifies the kind.
struct RecordKind {
  const char* names;
};

struct Record {
  const RecordKind* kind;
  std::vector<Value> fields;
};

using List = std::vector<Value>;

// Bytes are wiped, because some are keys.
using ValueBytes = SecureArray<BYTE>;

// What Windows returned, in a form that can be converted to a JavaScript value without specific code. Numbers of 64
// bits are bigints.
struct Value {
  std::variant<std::monostate, bool, uint32_t, int64_t, uint64_t, double, std::wstring, ValueBytes, Record, List> held;
};

template <class... Fields>
Value makeRecord(const RecordKind& kind, Fields... fields) {
  Record record{&kind, {}};
  record.fields.reserve(sizeof...(fields));
  (record.fields.push_back(Value{std::move(fields)}), ...);
  return {std::move(record)};
}

}  // namespace sspi
