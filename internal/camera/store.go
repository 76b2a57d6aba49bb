package camera

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

type cameraRow struct {
	bun.BaseModel `bun:"table:cameras,alias:camera"`
	ID            string `bun:",pk"`
	Name          string
	NameKey       string
	Place         string
	Note          string
	Enabled       bool
	Provisional   bool
	RecordAudio   bool
	AudioPurpose  string
	CreatedAt     int64
	RetiredAt     *int64
	OffBy         string // person, or the name of one that went with a lost database
	OffReason     string
	OffAt         int64
	Priority      int
	Area          string
	Grade         int
}

type streamRow struct {
	bun.BaseModel `bun:"table:camera_streams,alias:camera_stream"`
	Camera        string `bun:",pk"`
	Stream        string `bun:",pk"`
	URL           string
	Username      string
	Password      []byte // sealed; nil: none
	Transport     Transport
	SkipVerify    bool
	PasswordAt    int64 // µs, when it became another
}

func (r cameraRow) camera(rows []streamRow) Camera {
	c := Camera{ID: r.ID, Name: r.Name, Place: r.Place, Note: r.Note, Enabled: r.Enabled, Provisional: r.Provisional,
		RecordAudio: r.RecordAudio, AudioPurpose: r.AudioPurpose, CreatedAt: r.CreatedAt, RetiredAt: r.RetiredAt,
		OffBy: r.OffBy, OffReason: r.OffReason, OffAt: r.OffAt, Priority: r.Priority, Area: r.Area, Grade: r.Grade}
	for _, row := range rows {
		s := Stream{URL: row.URL, Username: row.Username, HasCredentials: row.Password != nil,
			Transport: row.Transport, SkipVerify: row.SkipVerify}
		if row.Stream == Main {
			c.Main = s
		} else {
			c.Sub = &s
		}
	}
	return c
}

// list reads all cameras, or the one with an id.
func list(ctx context.Context, tx bun.IDB, id string) ([]Camera, error) {
	var rows []cameraRow
	q := tx.NewSelect().Model(&rows).OrderExpr("camera.created_at, camera.id")
	if id != "" {
		q.Where("camera.id = ?", id)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read cameras")
	}
	all, err := streams(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	of := map[string][]streamRow{}
	for _, s := range all {
		of[s.Camera] = append(of[s.Camera], s)
	}
	cameras := make([]Camera, len(rows))
	for i, row := range rows {
		cameras[i] = row.camera(of[row.ID])
	}
	return cameras, nil
}

func get(ctx context.Context, tx bun.IDB, id string) (Camera, error) {
	if id == "" {
		return Camera{}, ErrUnknown
	}
	cameras, err := list(ctx, tx, id)
	if err != nil {
		return Camera{}, err
	}
	if len(cameras) == 0 {
		return Camera{}, ErrUnknown
	}
	return cameras[0], nil
}

func streams(ctx context.Context, tx bun.IDB, id string) ([]streamRow, error) {
	var rows []streamRow
	q := tx.NewSelect().Model(&rows)
	if id != "" {
		q.Where("camera = ?", id)
	}
	return rows, problem.Wrap(q.Scan(ctx), "read camera streams")
}
