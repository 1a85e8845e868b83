package networktest

import (
	"errors"
	"fmt"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// flooded is how many events a flood has.
const flooded = 700

var connectionTable = []misbehaviour{
	{StalledSocket, "stalled socket", "ES15", "accepted", func(f *forgery) error {
		f.host.world.Net.Stall(f.host.Name, 10*time.Second)
		f.host.fired(f.name)
		return f.tellGood()
	}},
	{CutInsideFrame, "cut inside a frame", "ES03 ES12", "accepted", func(f *forgery) error {
		f.host.world.Net.CutInside(f.host.Name, 100)
		f.host.fired(f.name)
		return f.tellGood()
	}},
	{EndInsideFrame, "end inside a frame", "ES03 ES12", "accepted", func(f *forgery) error {
		f.host.world.Net.EndInside(f.host.Name, 100)
		f.host.fired(f.name)
		return f.tellGood()
	}},
	{CutBeforeFrame, "cut before a frame", "ES12", "accepted", func(f *forgery) error {
		f.host.world.Net.Cut(f.host.Name)
		f.host.fired(f.name)
		return f.tellGood()
	}},
	{SlowSocket, "slow socket", "ES11", "accepted", func(f *forgery) error {
		pace := usualPace
		pace.BytesPerSecond = 200
		f.host.world.Net.SetPace(f.host.Name, pace)
		f.host.fired(f.name)
		err := errors.Join(f.tellGood(), Sleep(f.ctx, 30*time.Second))
		f.host.world.Net.SetPace(f.host.Name, usualPace)
		return err
	}},
	{Flood, "flood", "SN41", "accepted", func(f *forgery) error {
		f.host.fired(f.name)
		for i := range flooded {
			e := &comatproto.SyncSubscribeReposIdentity{DID: syntax.DID(fmt.Sprintf("did:plc:%024d", i)), Time: syntax.DatetimeOf(time.Now())}
			if err := f.host.append(f.ctx, e); err != nil {
				return err
			}
		}
		return f.tellGood()
	}},
}
