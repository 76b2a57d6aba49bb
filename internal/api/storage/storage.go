// Package storage answers where footage lies and how much room there is.
package storage

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

// Places is every place that holds footage.
type Places struct {
	Volumes  []RecordingDisk `json:"volumes" doc:"Recording disks, recording.folder first."`
	Tiers    []ArchiveTier   `json:"tiers" doc:"Archive tiers in the order in which footage moves."`
	WhenFull string          `json:"whenFull" enum:"ask,priority" doc:"What happens when no volume has room. Nothing is deleted in either case."`
}

// RecordingDisk is a disk that recorders write to.
type RecordingDisk struct {
	Name                string  `json:"name" doc:"Empty for recording.folder."`
	Folder              string  `json:"folder" example:"/mnt/disk2"`
	State               string  `json:"state" enum:"ok,low,full,failing,away"`
	Reason              string  `json:"reason,omitempty" doc:"What the disk answered, while it fails or is away."`
	TotalBytes          int64   `json:"totalBytes"`
	FreeBytes           int64   `json:"freeBytes"`
	UsedByRecordings    int64   `json:"usedByRecordings"`
	WriteBytesPerSecond float64 `json:"writeBytesPerSecond"`
	Cameras             int     `json:"cameras" doc:"That are being recorded onto it."`
}

// ArchiveTier is a place for older footage.
type ArchiveTier struct {
	Name             string     `json:"name"`
	Kind             string     `json:"kind" enum:"disk,s3"`
	State            string     `json:"state" enum:"ok,full,away,failing"`
	Since            *time.Time `json:"since,omitempty" doc:"Of the state."`
	Reason           string     `json:"reason,omitempty" doc:"The last failure, while it lasts."`
	UsedByRecordings int64      `json:"usedByRecordings"`
	TotalBytes       *int64     `json:"totalBytes,omitempty" doc:"Absent where nobody knows, as of a bucket."`
	FreeBytes        *int64     `json:"freeBytes,omitempty"`
	MoveAfterSeconds int64      `json:"moveAfterSeconds"`
	ObjectLock       string     `json:"objectLock" enum:"none,governance,compliance"`
	Waiting          Backlog    `json:"waiting"`
}

// Backlog is what is old enough for a tier and has not been moved there yet.
type Backlog struct {
	Segments int64      `json:"segments"`
	Bytes    int64      `json:"bytes"`
	Oldest   *time.Time `json:"oldest,omitempty" doc:"The end of the oldest of them."`
}

// Sources tell how the places are doing. They do not wait for a disk or a server.
type Sources interface {
	Volumes() []RecordingDisk
	Tiers(ctx context.Context) ([]ArchiveTier, error)
	WhenFull() string
}

// Routes are what the storage page needs.
type Routes struct{ Sources Sources }

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getStorage", Method: http.MethodGet, Path: "/api/v1/storage", Tag: "Storage", Demand: route.Needs(access.StorageRead),
		Summary: "Read where footage lies and how much room there is",
	}, x.read)
}

func (x *Routes) read(ctx context.Context, _ *struct{}) (*route.Answer[Places], error) {
	tiers, err := x.Sources.Tiers(ctx)
	if err != nil {
		return nil, err
	}
	out := Places{Volumes: x.Sources.Volumes(), Tiers: tiers, WhenFull: x.Sources.WhenFull()}
	if out.Volumes == nil {
		out.Volumes = []RecordingDisk{}
	}
	if out.Tiers == nil {
		out.Tiers = []ArchiveTier{}
	}
	return route.Reply(out), nil
}
