package main

import (
	"context"
	"fmt"
	"time"

	"watchroom/test/fault/visitor"
	"watchroom/test/load/account"
)

// view makes an operator of that name who states why all cameras are looked at.
func (i *installation) view(ctx context.Context, name string, from, to time.Time) (*visitor.Viewing, error) {
	if err := i.Operator(ctx, name); err != nil {
		return nil, err
	}
	guard, err := i.SignIn(ctx, name)
	if err != nil {
		return nil, err
	}
	return visitor.View(ctx, i.Server, guard, i.ids, from, to, "What is left after a fault", i.bench.folder)
}

// replay plays everything back.
func (i *installation) replay(ctx context.Context, from, to time.Time) (map[string][]account.Picture, error) {
	v, err := i.view(ctx, fmt.Sprintf("guard-%d", len(i.bench.outcomes)), from, to)
	if err != nil {
		return nil, err
	}
	out := map[string][]account.Picture{}
	for _, id := range i.ids {
		if out[id], err = v.Play(ctx, id, from, to); err != nil {
			return nil, err
		}
	}
	return out, nil
}
