#pragma once

#include <array>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "platform.h"
#include "secure_memory.h"

namespace sspi {

struct Value;

// The names of a record's fields; those that are not used are null. Each kind is one object that lives for ever, so
// that its address tells kinds apart.
struct RecordKind {
  std::array<const char*, 6> names;
};

struct Record {
  const RecordKind* kind;
  std::vector<Value> fields;
};

// Bytes are wiped, for some are keys.
using ValueBytes = SecureArray<BYTE>;

// What an attribute says, in a form that becomes a JavaScript value without code of its own.
struct Value {
  std::variant<std::monostate, uint32_t, double, std::wstring, ValueBytes, Record> held;
};

template <class... Fields>
Value makeRecord(const RecordKind& kind, Fields... fields) {
  Record record{&kind, {}};
  record.fields.reserve(sizeof...(fields));
  (record.fields.push_back(Value{std::move(fields)}), ...);
  return {std::move(record)};
}

}  // namespace sspi
