package live

import "watchroom/internal/api/marked"

// LiveOptions says how a client can watch a camera now.
type LiveOptions struct {
	Streams            []LiveStream `json:"streams"`
	PreferredStream    string       `json:"preferredStream,omitempty" enum:"main,sub" doc:"To begin with; absent when nothing is usable."`
	PreferredTransport string       `json:"preferredTransport,omitempty" enum:"whep,mse"`

	NeedsSecond bool `json:"needsSecond,omitempty" doc:"Only together with a second person, who is asked for first."`

	Mark *marked.Watermark `json:"mark,omitempty" doc:"The player draws it over the pictures; absent where the rules of the house ask for none."`
}

// LiveStream is one stream with the ways to watch it, the better way first.
type LiveStream struct {
	Stream     string          `json:"stream" enum:"main,sub"`
	Available  bool            `json:"available" doc:"Some transport is usable."`
	Status     string          `json:"status"`
	Codec      string          `json:"codec,omitempty" example:"h264"`
	MIME       string          `json:"mime,omitempty" doc:"Of what the WebSocket would send." example:"video/mp4; codecs=\"avc1.64001F\""`
	Width      int             `json:"width,omitempty"`
	Height     int             `json:"height,omitempty"`
	AudioCodec string          `json:"audioCodec,omitempty"`
	Transports []LiveTransport `json:"transports"`
}

// LiveTransport is one way to watch a stream.
type LiveTransport struct {
	Kind        string `json:"kind" enum:"whep,mse"`
	Usable      bool   `json:"usable"`
	Reason      string `json:"reason,omitempty" doc:"Why it is not." example:"h265_not_supported_by_client"`
	Audio       bool   `json:"audio" doc:"Sound comes with it."`
	AudioReason string `json:"audioReason,omitempty" doc:"Why none does." example:"aac_needs_mse"`
}
