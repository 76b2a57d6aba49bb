package seal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"watchroom/evidence/leaf"
	"watchroom/internal/durable"
)

// MembersDir holds, below the sealer's folder, a file for every UTC day with the
// members of that day's seals (docs/ledger-entries.md).
const MembersDir = "seals"

// keepMembers puts the block of a seal on the disk, before its entry goes into the log. aside is
// where what lay in the place of the file and was none lies now, empty where nothing did.
func keepMembers(dir, day string, block []byte) (aside string, _ error) {
	if err := durable.MakeDir(dir, MembersDir); err != nil {
		return "", err
	}
	path := filepath.Join(dir, MembersDir, day)
	aside, err := durable.PutAside(path)
	if err != nil {
		return "", err
	}
	return aside, appendBlock(path, block)
}

func appendBlock(path string, block []byte) error {
	f, err := durable.OpenToAppend(path, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size > 0 { // a block that was torn must not swallow the head of this one
		var last [1]byte
		if _, err := f.ReadAt(last[:], size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			block = append([]byte("\n"), block...)
		}
	}
	if _, err := f.Write(block); err != nil {
		return err
	}
	if err := unix.Fdatasync(int(f.Fd())); err != nil {
		return err
	}
	if size == 0 {
		return durable.SyncDir(filepath.Dir(path))
	}
	return nil
}

// ErrNoMembers says that the members of a seal are not beside the log.
var ErrNoMembers = errors.New("the members of a seal are missing or damaged")

// Members reads the members of seals below a sealer's folder. It remembers where in
// the last day's file each stands, so that seals are best asked for in their order.
type Members struct {
	Dir string

	day   string
	heads map[leaf.Hash]int64 // offsets of the heads of blocks
}

// Of gives the members of a seal. Its error is ErrNoMembers where there are none, or
// others than the seal ties together.
func (m *Members) Of(s *leaf.Seal) ([]leaf.Member, error) {
	day := leaf.DayOf(s.At)
	path := filepath.Join(m.Dir, MembersDir, day)
	_, known := m.heads[s.Root]
	if m.day != day || !known {
		if err := m.index(path); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoMembers, err)
		}
		m.day = day
	}
	at, known := m.heads[s.Root]
	if !known {
		return nil, ErrNoMembers
	}
	f, err := durable.OpenRegular(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoMembers, err)
	}
	defer f.Close()
	if _, err := f.Seek(at, io.SeekStart); err != nil {
		return nil, err
	}
	r := bufio.NewReader(f)
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoMembers, err)
	}
	if _, n, _ := leaf.ParseBlockHead(strings.TrimSuffix(line, "\n")); n != s.Members {
		return nil, ErrNoMembers
	}
	var tree leaf.Tree
	out := make([]leaf.Member, 0, min(max(s.Members, 0), 4096))
	for range s.Members {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoMembers, err)
		}
		line = strings.TrimSuffix(line, "\n")
		member, err := leaf.DecodeMember([]byte(line))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoMembers, err)
		}
		tree.Add(leaf.Part([]byte(line)))
		out = append(out, *member)
	}
	if tree.Root() != s.Root {
		return nil, ErrNoMembers
	}
	return out, nil
}

// index finds the heads of the blocks of a day. Of two with one root the later counts:
// the first may be torn.
func (m *Members) index(path string) error {
	m.heads = map[leaf.Hash]int64{}
	f, err := durable.OpenRegular(path)
	if err != nil {
		return err
	}
	defer f.Close()
	at := int64(0)
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadString('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if root, _, ok := leaf.ParseBlockHead(strings.TrimSuffix(line, "\n")); ok {
			m.heads[root] = at
		}
		at += int64(len(line))
	}
}
