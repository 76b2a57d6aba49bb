package logbook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"path/filepath"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/durable"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// File is a file beside an entry.
type File struct {
	bun.BaseModel `bun:"table:duty_attachments,alias:attachment"`
	ID            string `bun:",pk"`
	Entry         string
	Name          string
	Type          string // media type, as its bytes say
	Size          int64
	SHA256        string `bun:"sha256"`
	AddedBy       string
	AddedAt       int64
}

func filesOf(ctx context.Context, tx bun.IDB, entries []string) (all []File, err error) {
	err = tx.NewSelect().Model(&all).Where("entry IN (?)", bun.List(entries)).OrderExpr("added_at, id").Scan(ctx)
	return all, problem.Wrap(err, "read attachments")
}

const mostPixels = 64 << 20

// Kind tells what a file is, by its bytes alone, and refuses all but whole pictures and PDF.
func Kind(b []byte) (string, error) {
	picture := func(kind string, config func(io.Reader) (image.Config, error), decode func(io.Reader) (image.Image, error)) (string, error) {
		c, err := config(bytes.NewReader(b))
		if err != nil || c.Width <= 0 || c.Height <= 0 || int64(c.Width)*int64(c.Height) > mostPixels {
			return "", ErrFileType
		}
		if _, err := decode(bytes.NewReader(b)); err != nil {
			return "", ErrFileType
		}
		return kind, nil
	}
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return picture("image/jpeg", jpeg.DecodeConfig, jpeg.Decode)
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return picture("image/png", png.DecodeConfig, png.Decode)
	case bytes.HasPrefix(b, []byte("%PDF-")) && bytes.Contains(b[max(0, len(b)-1024):], []byte("%%EOF")):
		return "application/pdf", nil
	}
	return "", ErrFileType
}

// Attach puts a file beside an entry. What is too large, or begins as no file does that may be
// attached, is refused before it is read.
func (b *Book) Attach(ctx context.Context, actor access.Actor, entry, name string, size int64, from io.Reader) (f File, err error) {
	if name, err = text.Line("name", name, 1, 200); err != nil {
		return f, err
	}
	if size > LargestFile {
		return f, ErrFileSize.With("most", LargestFile>>20)
	}
	may := func(ctx context.Context, tx bun.IDB) (e Entry, right access.Action, err error) {
		if e, err = b.look(ctx, tx, actor, entry); err != nil {
			return e, "", err
		}
		if _, right, err = b.mayWrite(ctx, tx, actor, e.Room); err == nil && len(e.Files) >= mostAttached {
			err = ErrFileCount.With("most", mostAttached)
		}
		return e, right, err
	}
	if _, _, err := may(ctx, b.DB.Read()); err != nil {
		return f, err
	}
	if b.Dir == "" {
		return f, problem.Wrap(errors.New("there is no folder for them"), "keep an attachment")
	}
	content, err := take(from)
	if err != nil {
		return f, err
	}
	kind, err := Kind(content)
	if err != nil {
		return f, err
	}
	sum := sha256.Sum256(content)
	f = File{ID: db.NewID(), Entry: entry, Name: name, Type: kind, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]), AddedBy: actor.Person}
	if err := durable.MakeDir(filepath.Dir(b.Dir), filepath.Base(b.Dir), f.SHA256[:2]); err != nil {
		return f, problem.Wrap(err, "keep an attachment")
	}
	if err := durable.Replace(b.path(f.SHA256), content, 0o640); err != nil {
		return f, problem.Wrap(err, "keep an attachment")
	}
	room := ""
	err = b.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		e, right, err := may(ctx, tx)
		if err != nil {
			return err
		}
		room, f.AddedAt = e.Room, b.Clock.Micro()
		if _, err := tx.NewInsert().Model(&f).Exec(ctx); err != nil {
			return problem.Wrap(err, "keep an attachment")
		}
		return ledger.Record(ctx, tx, actor.For(right, "").Act(f.AddedAt, kindAttached, entry, "", map[string]any{
			"room": room, "file": f.ID, "name": f.Name, "type": f.Type, "size": f.Size, "sha256": f.SHA256}))
	})
	if err == nil {
		b.tell(room)
	}
	return f, err
}

// take reads a file that begins as one that may be attached.
func take(from io.Reader) ([]byte, error) {
	begin := make([]byte, 8)
	n, err := io.ReadFull(from, begin)
	if begin = begin[:n]; err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, problem.Wrap(err, "read an attachment")
	}
	if !bytes.HasPrefix(begin, []byte("\xff\xd8\xff")) && !bytes.HasPrefix(begin, []byte("\x89PNG")) && !bytes.HasPrefix(begin, []byte("%PDF-")) {
		return nil, ErrFileType
	}
	rest, err := io.ReadAll(io.LimitReader(from, LargestFile+1-int64(n)))
	if err != nil {
		return nil, problem.Wrap(err, "read an attachment")
	}
	if len(rest)+n > LargestFile {
		return nil, ErrFileSize.With("most", LargestFile>>20)
	}
	return append(begin, rest...), nil
}

func (b *Book) path(sum string) string { return filepath.Join(b.Dir, sum[:2], sum) }

// File gives a file beside an entry that the actor may read, with what it holds.
func (b *Book) File(ctx context.Context, actor access.Actor, id string) (f File, content []byte, err error) {
	err = b.DB.Read().NewSelect().Model(&f).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return f, nil, ErrFileUnknown
	}
	if err != nil {
		return f, nil, problem.Wrap(err, "read an attachment")
	}
	if _, err := b.look(ctx, b.DB.Read(), actor, f.Entry); err != nil {
		if errors.Is(err, ErrUnknown) {
			err = ErrFileUnknown
		}
		return f, nil, err
	}
	content, err = durable.ReadRegular(b.path(f.SHA256), LargestFile)
	if err != nil {
		return f, nil, ErrFileLost.Because(err)
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != f.SHA256 {
		return f, nil, ErrFileLost
	}
	return f, content, nil
}
