package staff

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // what people upload

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Bounds of a photo.
const (
	MaxPhotoBytes  = 4 << 20
	maxPhotoPixels = 40_000_000
	photoSide      = 480 // pixels of the longer side of what is kept
)

// Refusals of photos.
var (
	ErrPhoto      = problem.New(problem.Invalid, "photo_unreadable", "This is no JPEG or PNG picture.").On("picture")
	ErrPhotoLarge = problem.New(problem.Invalid, "photo_too_large", "A photo has at most 4 MiB and 40 million pixels.").On("picture")
	ErrNoPhoto    = problem.New(problem.NotFound, "photo_missing", "There is no photo of this person.")
)

type photoRow struct {
	bun.BaseModel `bun:"table:person_photos,alias:photo"`
	Person        string `bun:",pk"`
	JPEG          []byte `bun:"jpeg"`
	At            int64
}

// Portray keeps a photo of a person: drawn anew at a small size, so that nothing stays of
// what a camera wrote beside the picture, such as the place. Empty removes it.
func (f *Files) Portray(ctx context.Context, actor access.Actor, person string, picture []byte) error {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return err
	}
	if actor.Person == person {
		return ErrOwnFile
	}
	kind, small := "person.photo_removed", []byte(nil)
	if len(picture) > 0 {
		var err error
		if small, err = redraw(picture); err != nil {
			return err
		}
		kind = "person.photo_kept"
	}
	at := f.Clock.Micro()
	return f.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := account.Load(ctx, tx, person); err != nil {
			return err
		}
		if err := hang(ctx, tx, person, small, at); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(at, kind, person, "", nil))
	})
}

// hang puts a photo in the place of the one before; nil puts none there.
func hang(ctx context.Context, tx bun.Tx, person string, small []byte, at int64) error {
	if _, err := tx.NewDelete().Model((*photoRow)(nil)).Where("person = ?", person).Exec(ctx); err != nil {
		return problem.Wrap(err, "remove photo")
	}
	if small == nil {
		return nil
	}
	_, err := tx.NewInsert().Model(&photoRow{Person: person, JPEG: small, At: at}).Exec(ctx)
	return problem.Wrap(err, "keep photo")
}

// Photo gives the photo of a person as JPEG, or ErrNoPhoto.
func (f *Files) Photo(ctx context.Context, person string) ([]byte, error) {
	var rows []photoRow
	if err := f.DB.Read().NewSelect().Model(&rows).Where("person = ?", person).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read photo")
	}
	if len(rows) == 0 {
		return nil, ErrNoPhoto
	}
	return rows[0].JPEG, nil
}

// redraw makes a small JPEG of a picture that a stranger sent.
func redraw(picture []byte) ([]byte, error) {
	if len(picture) > MaxPhotoBytes {
		return nil, ErrPhotoLarge
	}
	head, _, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil || head.Width < 1 || head.Height < 1 {
		return nil, ErrPhoto
	}
	if head.Width > maxPhotoPixels/head.Height {
		return nil, ErrPhotoLarge
	}
	from, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, ErrPhoto
	}
	var out bytes.Buffer
	err = jpeg.Encode(&out, smaller(from), &jpeg.Options{Quality: 85})
	return out.Bytes(), problem.Wrap(err, "write photo")
}

// smaller draws a picture with its longer side at most photoSide pixels, each the mean of
// those that it stands for, on white.
func smaller(from image.Image) image.Image {
	b := from.Bounds()
	w, h := b.Dx(), b.Dy()
	if long := max(w, h); long > photoSide {
		w, h = max(1, w*photoSide/long), max(1, h*photoSide/long)
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			left, right := b.Min.X+x*b.Dx()/w, b.Min.X+(x+1)*b.Dx()/w
			top, bottom := b.Min.Y+y*b.Dy()/h, b.Min.Y+(y+1)*b.Dy()/h
			var r, g, bl, n uint64
			for yy := top; yy < bottom; yy++ {
				for xx := left; xx < right; xx++ {
					pr, pg, pb, pa := from.At(xx, yy).RGBA() // premultiplied
					r, g, bl, n = r+uint64(pr+0xffff-pa), g+uint64(pg+0xffff-pa), bl+uint64(pb+0xffff-pa), n+1
				}
			}
			to.SetRGBA(x, y, color.RGBA{uint8(r / n >> 8), uint8(g / n >> 8), uint8(bl / n >> 8), 0xff}) //nolint:gosec // at most 0xff
		}
	}
	return to
}
