#include "handout.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "lock.h"
#include "text.h"

struct mark {
  unsigned long magic;
  unsigned long number;
};

struct block {
  struct block *next;
  void *memory;
  size_t size; /* of the contents; the mark follows */
  struct mark mark;
};

struct token_handle {
  struct token_handle *next;
  HANDLE handle;
  LUID token_id;
};

static struct block *blocks;
static struct token_handle *handles;

static bool is_mapped(const void *memory) {
  MEMORY_BASIC_INFORMATION region;
  return VirtualQuery(memory, &region, sizeof region) && region.State == MEM_COMMIT;
}

/* HeapValidate comes last: it follows pointers in a block's header, and under Wine crashes where the memory has been given
 * to somebody else. HeapSize only reads the header, and may take a freed block for a live one. */
static bool is_alive(const struct block *block) {
  HANDLE heap = GetProcessHeap();
  size_t whole = block->size + sizeof block->mark;
  return is_mapped(block->memory) && HeapSize(heap, 0, block->memory) == whole &&
         memcmp((char *)block->memory + block->size, &block->mark, sizeof block->mark) == 0 &&
         HeapValidate(heap, 0, block->memory);
}

void *handout_memory(size_t size) {
  static unsigned long number;
  struct block *block = allocate(sizeof *block);
  block->size = size;
  block->memory = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size + sizeof block->mark);
  if (!block->memory) abort();
  lock();
  block->mark.magic = 0x5C21B7ED;
  block->mark.number = ++number;
  memcpy((char *)block->memory + size, &block->mark, sizeof block->mark);
  block->next = blocks;
  blocks = block;
  unlock();
  return block->memory;
}

wchar_t *handout_text(const wchar_t *text) {
  size_t size = (wcslen(text) + 1) * sizeof *text;
  return memcpy(handout_memory(size), text, size);
}

bool handout_free(void *memory) {
  bool freed = false;
  lock();
  for (struct block **at = &blocks; *at; at = &(*at)->next) {
    struct block *block = *at;
    if (block->memory != memory) continue;
    freed = is_alive(block);
    *at = block->next;
    free(block);
    break;
  }
  if (freed) HeapFree(GetProcessHeap(), 0, memory);
  unlock();
  return freed;
}

unsigned handout_live_buffers(void) {
  unsigned live = 0;
  lock();
  for (struct block **at = &blocks; *at;) {
    struct block *block = *at;
    if (is_alive(block)) {
      live++;
      at = &block->next;
    } else {
      *at = block->next;
      free(block);
    }
  }
  unlock();
  return live;
}

static bool token_id(HANDLE handle, LUID *id) {
  TOKEN_STATISTICS statistics;
  DWORD size;
  if (!GetTokenInformation(handle, TokenStatistics, &statistics, sizeof statistics, &size)) return false;
  *id = statistics.TokenId;
  return true;
}

void handout_handle(HANDLE token) {
  struct token_handle *entry = allocate(sizeof *entry);
  entry->handle = token;
  token_id(token, &entry->token_id);
  lock();
  entry->next = handles;
  handles = entry;
  unlock();
}

unsigned handout_live_handles(void) {
  unsigned live = 0;
  lock();
  for (struct token_handle **at = &handles; *at;) {
    struct token_handle *entry = *at;
    LUID id;
    if (token_id(entry->handle, &id) && memcmp(&id, &entry->token_id, sizeof id) == 0) {
      live++;
      at = &entry->next;
    } else {
      *at = entry->next;
      free(entry);
    }
  }
  unlock();
  return live;
}
