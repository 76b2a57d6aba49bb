package tlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
)

// tail is the file of the entries that stand in no full bundle yet. An append is on
// record once its batch is written and synced here. docs/ledger-format.md has its
// bytes: a header, then batches, each with a checksum, so that one that a crash tore
// is recognised.
type tail struct {
	disk disk.Disk
	path string
	file disk.File
	size int64 // bytes of whole, synced batches
	// suspect says that a write or sync failed. The kernel may call pages clean that
	// never reached the disk, so the file is written anew before it is believed again.
	suspect bool
}

const (
	tailMagic   = "watchroom ledger tail 1\n"
	tailHeader  = len(tailMagic) + 8 + 4 // magic, base, CRC-32C
	batchMagic  = 0x57524c42             // "WRLB"
	batchHeader = 4 + 4 + 8 + 4 + 4      // magic, count, first index, bytes, CRC-32C
)

// errDamaged says that the file has lost entries that were on record.
var errDamaged = errors.New("damaged")

func castagnoli(data ...[]byte) uint32 {
	t, sum := crc32.MakeTable(crc32.Castagnoli), uint32(0)
	for _, d := range data {
		sum = crc32.Update(sum, t, d)
	}
	return sum
}

func encodeHeader(base int64) []byte {
	b := binary.BigEndian.AppendUint64([]byte(tailMagic), uint64(base))
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

// parseTail reads the whole file. whole is the length of what is good; what follows
// it was torn by a crash and was never on record. errDamaged means that good batches
// follow bad bytes, or that the header is not one: then something was lost.
func parseTail(data []byte) (base int64, entries [][]byte, whole int, err error) {
	if len(data) < tailHeader || string(data[:len(tailMagic)]) != tailMagic ||
		castagnoli(data[:tailHeader-4]) != binary.BigEndian.Uint32(data[tailHeader-4:]) {
		return 0, nil, 0, fmt.Errorf("tail: header %w", errDamaged)
	}
	b := binary.BigEndian.Uint64(data[len(tailMagic):])
	if b > uint64(tlog.MaxSize) || b%tlog.TileWidth != 0 {
		return 0, nil, 0, fmt.Errorf("tail: header %w", errDamaged)
	}
	base, whole = int64(b), tailHeader
	for whole < len(data) {
		first, more, length, ok := parseBatch(data[whole:])
		if !ok || first != base+int64(len(entries)) {
			break
		}
		entries, whole = append(entries, more...), whole+length
	}
	// Batches are synced one after the other, so only the last can be torn.
	magic := binary.BigEndian.AppendUint32(nil, batchMagic)
	for at := whole + 1; at < len(data); at++ {
		next := bytes.Index(data[at:], magic)
		if next < 0 {
			break
		}
		at += next
		if first, _, _, ok := parseBatch(data[at:]); ok && first > base+int64(len(entries)) {
			return base, entries, whole, fmt.Errorf("tail: entries from %d on are %w", base+int64(len(entries)), errDamaged)
		}
	}
	return base, entries, whole, nil
}

// openTail opens a file that was parsed, and cuts off what is torn.
func openTail(d disk.Disk, path string, whole, length int) (*tail, error) {
	f, err := d.Open(path)
	if err != nil {
		return nil, err
	}
	t := &tail{disk: d, path: path, file: f, size: int64(whole)}
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

// append writes one batch and syncs it. have are the entries from base on that are on
// record, for the case that the file must be written anew.
func (t *tail) append(base int64, have, entries [][]byte) error {
	if t.suspect {
		if err := t.rewrite(base, have); err != nil {
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
		_ = t.file.Truncate(t.size) // so that a start after a crash does not find it; rewrite makes sure
		return err
	}
	t.size += int64(len(b))
	return nil
}

// rewrite puts a new file in the place of the old one.
func (t *tail) rewrite(base int64, entries [][]byte) error {
	b := encodeHeader(base)
	if len(entries) > 0 {
		b = append(b, encodeBatch(base, entries)...)
	}
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

func (t *tail) close() {
	if t.file != nil {
		t.file.Close()
	}
}

func tailPath(dir string) string { return filepath.Join(dir, "tail") }
