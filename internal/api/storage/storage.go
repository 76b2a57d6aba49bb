// Package storage answers where footage lies and how much room there is.
package storage

import (
	"context"
	"net/http"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/archive/shortage"
)

// Places is every place that holds footage.
type Places struct {
	Volumes  []RecordingDisk `json:"volumes" doc:"Recording disks, recording.folder first."`
	Tiers    []ArchiveTier   `json:"tiers" doc:"Archive tiers in the order in which footage moves."`
	WhenFull string          `json:"whenFull" enum:"ask,priority" doc:"What happens when no volume has room. Nothing is deleted in either case."`
	Shortage Shortage        `json:"shortage"`
}

// Shortage is what happens while no volume has room and the rule is to ask.
type Shortage struct {
	Asked  bool            `json:"asked" doc:"Nothing is recorded until somebody says which cameras go on."`
	Answer *ShortageAnswer `json:"answer,omitempty" doc:"The answer that stands; absent for none."`
	// Whoever switches cameras of some areas only decides nothing about all of them.
	MayAnswer bool `json:"mayAnswer" doc:"Whoever asks may answer, and revoke: they may switch all cameras."`
}

// ShortageAnswer is what somebody has said. It ends by itself when there is room.
type ShortageAnswer struct {
	At         time.Time `json:"at"`
	Person     string    `json:"person"`
	PersonName string    `json:"personName"`
	Reason     string    `json:"reason"`
	Record     []string  `json:"record" doc:"Ids of the cameras that are recorded into what is left, of those that the asker may see; all others stop."`
	Count      int       `json:"count" doc:"How many cameras go on."`
}

// ShortageChoice answers.
type ShortageChoice struct {
	Record []string `json:"record" minItems:"1" maxItems:"5000" doc:"Ids of the cameras that go on; all others stop."`
	Reason string   `json:"reason" minLength:"1" maxLength:"500" example:"出入口优先"`
}

// ShortageRevocation takes the answer back.
type ShortageRevocation struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

type choiceInput struct{ Body ShortageChoice }

type revocationInput struct{ Body ShortageRevocation }

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
	Cameras             *int    `json:"cameras,omitempty" doc:"How many are being recorded onto it; told to who reads of the storage everywhere."`
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
}

// Routes are what the storage page needs.
type Routes struct {
	Sources  Sources
	Shortage *shortage.Keeper
	Names    func(context.Context) (map[string]string, error)
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getStorage", Method: http.MethodGet, Path: "/api/v1/storage", Tag: "Storage", Demand: route.Needs(access.StorageRead),
		Summary: "Read where footage lies and how much room there is",
	}, x.read)
	route.Do(r, route.Operation{
		ID: "answerShortage", Method: http.MethodPost, Path: "/api/v1/storage/shortage", Tag: "Storage", Demand: route.Needs(access.CameraSwitch),
		Summary: "Say which cameras are recorded while no disk has room",
		About:   "Asked is whoever may switch all cameras. All others stop. It takes the place of an answer that stands.",
	}, x.answer)
	route.Do(r, route.Operation{
		ID: "revokeShortage", Method: http.MethodPost, Path: "/api/v1/storage/shortage/revoke", Tag: "Storage", Demand: route.Needs(access.CameraSwitch),
		Summary: "Take back which cameras are recorded while no disk has room",
	}, x.revoke)
}

func (x *Routes) answer(ctx context.Context, in *choiceInput) (*route.Answer[Shortage], error) {
	if _, err := x.Shortage.Say(ctx, route.Actor(ctx), in.Body.Record, in.Body.Reason); err != nil {
		return nil, err
	}
	return x.standing(ctx)
}

func (x *Routes) revoke(ctx context.Context, in *revocationInput) (*route.Answer[Shortage], error) {
	if err := x.Shortage.Revoke(ctx, route.Actor(ctx), in.Body.Reason); err != nil {
		return nil, err
	}
	return x.standing(ctx)
}

func (x *Routes) standing(ctx context.Context) (*route.Answer[Shortage], error) {
	s, err := x.short(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(s), nil
}

func (x *Routes) short(ctx context.Context) (Shortage, error) {
	out := Shortage{Asked: x.Shortage.Asks(), MayAnswer: mayAnswer(route.Actor(ctx))}
	a := x.Shortage.Answer()
	if a == nil {
		return out, nil
	}
	names, err := x.Names(ctx)
	if err != nil {
		return out, err
	}
	reach := access.ReachOf(route.Actor(ctx), access.CameraRead)
	out.Answer = &ShortageAnswer{At: route.Time(a.At), Person: a.Person, PersonName: names[a.Person], Reason: a.Reason, Count: len(a.Record),
		Record: slices.DeleteFunc(slices.Clone(a.Record), func(c string) bool { return !reach.Has(c) })}
	return out, nil
}

func (x *Routes) read(ctx context.Context, _ *struct{}) (*route.Answer[Places], error) {
	tiers, err := x.Sources.Tiers(ctx)
	if err != nil {
		return nil, err
	}
	short, err := x.short(ctx)
	if err != nil {
		return nil, err
	}
	out := Places{Volumes: x.Sources.Volumes(), Tiers: tiers, WhenFull: string(x.Shortage.Standing().WhenFull), Shortage: short}
	if access.Throughout(route.Actor(ctx), access.StorageRead, "") != nil {
		out.Volumes = slices.Clone(out.Volumes)
		for i := range out.Volumes {
			out.Volumes[i].Cameras = nil // how many there are elsewhere
		}
	}
	if out.Volumes == nil {
		out.Volumes = []RecordingDisk{}
	}
	if out.Tiers == nil {
		out.Tiers = []ArchiveTier{}
	}
	return route.Reply(out), nil
}

func mayAnswer(actor access.Actor) bool {
	_, err := access.ThroughoutBut(actor, access.CameraSwitch)
	return err == nil
}
