package timeline

import "time"

// Timeline is what was recorded of some cameras in an interval.
type Timeline struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Now     time.Time `json:"now"`
	Cameras []Lane    `json:"cameras"`
}

// Lane is one camera's part; its spans cover the interval without a hole.
type Lane struct {
	Camera string `json:"camera"`
	Spans  []Span `json:"spans"`
}

// Span is recorded footage, a gap with its cause, or time without a camera.
type Span struct {
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Kind   string    `json:"kind" enum:"recorded,gap,none" doc:"none: before the camera existed, after it was retired, or in the future."`
	Cause  string    `json:"cause,omitempty" doc:"Of a gap." example:"camera_unreachable"`
	Detail string    `json:"detail,omitempty"`
	Open   bool      `json:"open,omitempty" doc:"It goes on."`

	Planned bool   `json:"planned,omitempty" doc:"No recording was demanded: off-hours, or a maintenance window."`
	Symptom string `json:"symptom,omitempty" doc:"What a planned gap would be called without the plan." example:"network"`
}
