//! Scenarios of razor-stream.
//!
//! | module | tells of |
//! |---|---|
//! | [`framing`] | a server and requests that are wrong |
//! | [`limits`] | a server and lengths over its limits |
//! | [`slow`] | a server and requests that arrive slowly |
//! | [`pings`] | a server and pings |
//! | [`handlers`] | a server whose handlers panic, forget and wait |
//! | [`server_tasks`] | a server that answers requests as tasks, from any thread |
//! | [`closures`] | a server whose dispatchers are closures |
//! | [`workers`] | a server whose tasks a pool serves |
//! | [`server_limit`] | a server with its largest number of requests in hand |
//! | [`load`] | a server without slots, and a peer that does not read |
//! | [`crowd`] | a server with its largest number of connections |
//! | [`shutdown`] | a server that closes |
//! | [`opening`] | a server whose transport takes its time to open a connection |
//! | [`executors`] | a server on several executors |
//! | [`listeners`] | a server and its listeners |
//! | [`replies`] | a client and replies, right and wrong |
//! | [`deadlines`] | a client whose server does not answer |
//! | [`resting`] | a client on whose connection nothing is in flight |
//! | [`given_up`] | a client whose callers gave up |
//! | [`unsent`] | a pool whose connection ends before it has sent all |
//! | [`cuts`] | a client whose connection ends |
//! | [`queue`] | a client whose window and queue are full |
//! | [`pool`] | a pool whose server is not there |
//! | [`names`] | a pool and a name of which some addresses are dead |
//! | [`stuck`] | a client whose transport never connects |
//! | [`elsewhere`] | clients and servers outside of the runtime |
//! | [`ends`] | a runtime that ends while something blocks |
//! | [`siege`] | peers that never stop, ends at a bad moment |
//! | [`endless`] | a connection on which there is always something to read |
//! | [`tasks`] | a client and tasks of a user's own |
//! | [`addresses`] | a client and texts that are no address |
//! | [`blobs`] | a client and responses with blobs |
//! | [`owners`] | a client and blobs and wakers that do something when they are dropped |
//! | [`lent`] | a server and blobs of answers that do something when they are dropped |
//! | [`reached`] | a client, its connection, and how soon there is another one |
//! | [`outage`] | a pool whose server goes and comes back |
//! | [`blocking`] | calls that block plain threads |
//! | [`memory`] | the transport in memory |

pub mod addresses;
pub mod blobs;
pub mod blocking;
pub mod closures;
pub mod crowd;
pub mod cuts;
pub mod deadlines;
pub mod elsewhere;
pub mod endless;
pub mod ends;
pub mod executors;
pub mod framing;
pub mod given_up;
pub mod handlers;
pub mod lent;
pub mod limits;
pub mod listeners;
pub mod load;
pub mod memory;
pub mod names;
pub mod opening;
pub mod outage;
pub mod owners;
pub mod pings;
pub mod pool;
pub mod queue;
pub mod reached;
pub mod replies;
pub mod resting;
pub mod server_limit;
pub mod server_tasks;
pub mod shutdown;
pub mod siege;
pub mod slow;
pub mod stuck;
pub mod tasks;
pub mod unsent;
pub mod workers;
