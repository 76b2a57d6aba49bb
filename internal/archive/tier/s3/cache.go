package s3

import (
	"container/list"
	"sync"
)

// cache keeps the blocks that were used last.
type cache struct {
	limit int64

	mu     sync.Mutex // guards all below
	blocks map[blockKey]*list.Element
	used   *list.List // of *entry, the last used first
	bytes  int64
}

type blockKey struct {
	object, tag string
	block       int64
}

type entry struct {
	key  blockKey
	data []byte
}

func newCache(limit int64) *cache {
	if limit <= 0 {
		limit = 64 << 20
	}
	return &cache{limit: limit, blocks: map[blockKey]*list.Element{}, used: list.New()}
}

func (c *cache) get(object, tag string, block int64) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.blocks[blockKey{object, tag, block}]
	if e == nil {
		return nil
	}
	c.used.MoveToFront(e)
	return e.Value.(*entry).data
}

func (c *cache) put(object, tag string, block int64, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := blockKey{object, tag, block}
	if c.blocks[key] != nil {
		return
	}
	// A copy: the block is a piece of a request's answer, which it would hold whole.
	c.blocks[key] = c.used.PushFront(&entry{key, append([]byte(nil), data...)})
	for c.bytes += int64(len(data)); c.bytes > c.limit; {
		oldest := c.used.Back()
		old := oldest.Value.(*entry)
		c.bytes -= int64(len(old.data))
		delete(c.blocks, old.key)
		c.used.Remove(oldest)
	}
}
