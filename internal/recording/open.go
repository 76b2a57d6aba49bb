package recording

import (
	"watchroom/internal/media"
	"watchroom/internal/recording/segment"
)

// OpenSegment is the segment that is being written, as far as it stands in the
// file: everything up to Size can be read while the recorder goes on.
type OpenSegment struct {
	Name       segment.Name
	Run        *media.Run
	Volume     string // its name
	Path       string // of the open file; the closed one has no PartExt
	Start, End int64  // wall clock µs
	Size       int64
	Points     []Point
}

// Point is a part that begins with a key frame.
type Point struct {
	Start  int64 // wall clock µs
	Offset int64
}

// Open is the segment being written, or nil. The result is a snapshot.
func (r *Recorder) Open() *OpenSegment {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil || len(r.open.Points) == 0 {
		return nil
	}
	s := *r.open
	s.Points = s.Points[:len(s.Points):len(s.Points)]
	return &s
}
