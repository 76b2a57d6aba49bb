// Package tail is the file of a log's entries that stand in no full bundle yet. An append
// is on record once its batch is written and synced here. docs/ledger-format.md has its
// bytes: a header, then batches, each with a checksum, so that one that a crash tore is
// recognised.
package tail

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"path/filepath"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
)

// File is a tail that is written.
type File struct {
	disk disk.Disk
	path string
	file disk.File
	size int64 // bytes of whole, synced batches
	// suspect says that a write or sync failed. The kernel may call pages clean that
	// never reached the disk, so the file is written anew before it is believed again.
	suspect bool
}

// Name is the file below the folder of a log.
const Name = "tail"

const (
	magic       = "watchroom ledger tail 1\n"
	header      = len(magic) + 8 + 4 // magic, base, CRC-32C
	batchMagic  = 0x57524c42         // "WRLB"
	batchHeader = 4 + 4 + 8 + 4 + 4  // magic, count, first index, bytes, CRC-32C
)

// ErrDamaged says that the file has lost entries that were on record.
var ErrDamaged = errors.New("damaged")

func castagnoli(data ...[]byte) uint32 {
	t, sum := crc32.MakeTable(crc32.Castagnoli), uint32(0)
	for _, d := range data {
		sum = crc32.Update(sum, t, d)
	}
	return sum
}

// Encode gives a file of entries from base on.
func Encode(base int64, entries ...[]byte) []byte {
	b := encodeHeader(base)
	if len(entries) > 0 {
		b = append(b, encodeBatch(base, entries)...)
	}
	return b
}

func encodeHeader(base int64) []byte {
	b := binary.BigEndian.AppendUint64([]byte(magic), uint64(base))
	return binary.BigEndian.AppendUint32(b, castagnoli(b))
}

func encodeBatch(first int64, entries [][]byte) []byte {
	n := batchHeader
	for _, e := range entries {
		n += 2 + len(e)
	}
	b := make([]byte, 0, n)
	b = binary.BigEndian.AppendUint32(b, batchMagic)
	b = binary.BigEndian.AppendUint32(b, uint32(len(entries)))
	b = binary.BigEndian.AppendUint64(b, uint64(first))
	b = binary.BigEndian.AppendUint32(b, uint32(n-batchHeader))
	b = binary.BigEndian.AppendUint32(b, 0)
	for _, e := range entries {
		b = tlog.AppendEntry(b, e)
	}
	binary.BigEndian.PutUint32(b[batchHeader-4:], castagnoli(b[:batchHeader-4], b[batchHeader:]))
	return b
}

// parseBatch reads the batch at the beginning of data. ok is false where there is
// none that is whole.
func parseBatch(data []byte) (first int64, entries [][]byte, length int, ok bool) {
	if len(data) < batchHeader || binary.BigEndian.Uint32(data) != batchMagic {
		return 0, nil, 0, false
	}
	count, size := binary.BigEndian.Uint32(data[4:]), binary.BigEndian.Uint32(data[16:])
	index := binary.BigEndian.Uint64(data[8:])
	if uint64(size) > uint64(len(data)-batchHeader) || index > uint64(tlog.MaxSize) || uint64(count) > uint64(size)/2 {
		return 0, nil, 0, false
	}
	length = batchHeader + int(size)
	if castagnoli(data[:batchHeader-4], data[batchHeader:length]) != binary.BigEndian.Uint32(data[batchHeader-4:]) {
		return 0, nil, 0, false
	}
	entries, err := tlog.ParseBundle(data[batchHeader:length], int(count))
	return int64(index), entries, length, err == nil
}

// Content is what a file holds.
type Content struct {
	Base    int64 // index of the first entry, a multiple of 256
	Entries [][]byte
	Whole   int // bytes of what is good; what follows was torn by a crash and was never on record
}

// Size is how many entries a log has that ends with this.
func (c Content) Size() int64 { return c.Base + int64(len(c.Entries)) }

// Parse reads the whole file. ErrDamaged means that good batches follow bad bytes, or that
// the header is not one: then something was lost.
func Parse(data []byte) (c Content, err error) {
	if len(data) < header || string(data[:len(magic)]) != magic ||
		castagnoli(data[:header-4]) != binary.BigEndian.Uint32(data[header-4:]) {
		return c, fmt.Errorf("tail: header %w", ErrDamaged)
	}
	b := binary.BigEndian.Uint64(data[len(magic):])
	if b > uint64(tlog.MaxSize) || b%tlog.TileWidth != 0 {
		return c, fmt.Errorf("tail: header %w", ErrDamaged)
	}
	c.Base, c.Whole = int64(b), header
	for c.Whole < len(data) {
		first, more, length, ok := parseBatch(data[c.Whole:])
		if !ok || first != c.Size() {
			break
		}
		c.Entries, c.Whole = append(c.Entries, more...), c.Whole+length
	}
	// Batches are synced one after the other, so only the last can be torn.
	for first := range batches(data[min(c.Whole+1, len(data)):]) {
		if first > c.Size() {
			return c, fmt.Errorf("tail: entries from %d on are %w", c.Size(), ErrDamaged)
		}
	}
	return c, nil
}

// Remains gives the entries by index that stand in whole batches anywhere in a file that
// is damaged.
func Remains(data []byte) map[int64][]byte {
	all := map[int64][]byte{}
	for first, entries := range batches(data) {
		for i, e := range entries {
			all[first+int64(i)] = e
		}
	}
	return all
}

// batches looks for whole batches anywhere.
func batches(data []byte) iter.Seq2[int64, [][]byte] {
	mark := binary.BigEndian.AppendUint32(nil, batchMagic)
	return func(yield func(int64, [][]byte) bool) {
		for at := 0; at < len(data); {
			next := bytes.Index(data[at:], mark)
			if next < 0 {
				return
			}
			at += next
			first, entries, length, ok := parseBatch(data[at:])
			if !ok {
				at++
				continue
			}
			if !yield(first, entries) {
				return
			}
			at += length
		}
	}
}

// Open opens a file that was parsed, and cuts off what is torn behind whole bytes.
func Open(d disk.Disk, path string, whole, length int) (*File, error) {
	f, err := d.Open(path)
	if err != nil {
		return nil, err
	}
	t := &File{disk: d, path: path, file: f, size: int64(whole)}
	if whole < length {
		if err := f.Truncate(t.size); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	// What a kill left in the kernel's hands must be on the disk before it counts.
	if err := f.Sync(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return t, nil
}

// Append writes one batch and syncs it. have are the entries from base on that are on
// record, for the case that the file must be written anew.
func (t *File) Append(base int64, have, entries [][]byte) error {
	if t.suspect {
		if err := t.Rewrite(base, have); err != nil {
			return err
		}
	}
	b := encodeBatch(base+int64(len(have)), entries)
	_, err := t.file.WriteAt(b, t.size)
	if err == nil {
		err = t.file.Sync()
	}
	if err != nil {
		t.suspect = true
		_ = t.file.Truncate(t.size) // so that a start after a crash does not find it; Rewrite makes sure
		return err
	}
	t.size += int64(len(b))
	return nil
}

// Anew puts a file in the place of whatever is there.
func Anew(d disk.Disk, path string, base int64, entries [][]byte) (*File, error) {
	t := &File{disk: d, path: path}
	return t, t.Rewrite(base, entries)
}

// Rewrite puts a new file in the place of the old one.
func (t *File) Rewrite(base int64, entries [][]byte) error {
	b := Encode(base, entries...)
	if err := disk.Replace(t.disk, t.path, b, 0o640); err != nil {
		t.suspect = true
		return err
	}
	f, err := t.disk.Open(t.path)
	if err != nil {
		t.suspect = true
		return err
	}
	if t.file != nil {
		t.file.Close()
	}
	t.file, t.size, t.suspect = f, int64(len(b)), false
	return nil
}

// Close closes the file.
func (t *File) Close() {
	if t.file != nil {
		t.file.Close()
	}
}

// Path is where the tail of a log lies.
func Path(dir string) string { return filepath.Join(dir, Name) }
