/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One request on the wire and all datagrams that answer it.
 *
 * The answer is read to its end whatever is wrong with it: the socket is left
 * empty for the next request, a dump is not left running, and no fd that came
 * is overlooked. The socket doesn't block, see open_socket().
 */
#include <errno.h>
#include <string.h>

#include "request.h"

#define ERRNO_MAX	4095	/* the kernel's MAX_ERRNO */

struct exchange {
	struct tappin *handle;
	tpn_message_cb cb;
	void *arg;
	int spoilt;		/* the first error of @cb */
	int verdict;		/* the kernel's */
	bool done;
	bool interrupted;
};

static ssize_t receive_once(struct tappin *handle, struct sockaddr_nl *from,
			    bool *whole)
{
	struct iovec iov = {
		.iov_base = handle->answer.bytes,
		.iov_len = sizeof(handle->answer),
	};
	struct msghdr msg = {
		.msg_name = from,
		.msg_namelen = sizeof(*from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t len;

	do {
		len = recvmsg(mnl_socket_get_fd(handle->nl), &msg, 0);
	} while (len < 0 && errno == EINTR);
	*whole = !(msg.msg_flags & MSG_TRUNC);
	return len < 0 ? -errno : len;
}

/*
 * tpn_receive() - one datagram that the kernel sent
 *
 * One that is cut off gets its first header corrected, so that fds in it are
 * found, to a byte less than there is, so that it isn't taken for a whole one.
 *
 * Return: its length, or -EAGAIN, -ENOBUFS and others from recvmsg().
 */
ssize_t tpn_receive(struct tappin *handle)
{
	struct nlmsghdr *nlh = &handle->answer.nlh;
	struct sockaddr_nl from = { 0 };
	bool whole;
	ssize_t len;

	do {
		len = receive_once(handle, &from, &whole);
	} while (len >= 0 && from.nl_pid != 0);
	if (len >= (ssize_t)sizeof(*nlh) && !whole && nlh->nlmsg_len > len)
		nlh->nlmsg_len = len - 1;
	return len;
}

/*
 * tpn_message_ok() - is there one more message, whole, in what was received?
 *
 * libmnl before 1.0.5 takes a length beyond INT_MAX for a negative one, which
 * fits into anything.
 */
bool tpn_message_ok(const struct nlmsghdr *nlh, int len)
{
	return mnl_nlmsg_ok(nlh, len) && nlh->nlmsg_len <= (unsigned int)len;
}

static int send_request(struct tappin *handle)
{
	struct nlmsghdr *nlh = &handle->request.nlh;
	ssize_t len;

	nlh->nlmsg_seq = ++handle->seq;
	do {
		len = send(mnl_socket_get_fd(handle->nl), nlh, nlh->nlmsg_len,
			   0);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return tpn_error(handle, -errno, "netlink: send: %s",
				 strerror(errno));
	return 0;
}

static void keep_sentence(struct tappin *handle, const struct nlmsghdr *nlh,
			  size_t offset)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (offset > mnl_nlmsg_get_payload_len(nlh))
		return;
	mnl_attr_for_each(attr, nlh, MNL_ALIGN(offset)) {
		if (mnl_attr_get_type(attr) != NLMSGERR_ATTR_MSG)
			continue;
		tpn_error(handle, 0, "%.*s", mnl_attr_get_payload_len(attr),
			  (const char *)mnl_attr_get_payload(attr));
	}
}

/* Callers take what isn't negative for success, and negate what is. */
static int check_verdict(struct tappin *handle, int error)
{
	if (error <= 0 && error >= -ERRNO_MAX)
		return error;
	return tpn_error(handle, -EBADMSG, "netlink: %d is no error's number",
			 error);
}

static int read_ack(struct tappin *handle, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *ack = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(*ack);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ack))
		return tpn_error(handle, -EBADMSG, "netlink: ACK too short");
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&ack->msg);
	if (ack->error)
		handle->errmsg[0] = '\0';
	keep_sentence(handle, nlh, offset);
	return check_verdict(handle, ack->error);
}

static int read_done(struct tappin *handle, const struct nlmsghdr *nlh)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(error))
		return 0;
	memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	if (error)
		handle->errmsg[0] = '\0';
	keep_sentence(handle, nlh, sizeof(error));
	return check_verdict(handle, error);
}

static void take_message(struct exchange *x, const struct nlmsghdr *nlh)
{
	struct tappin *handle = x->handle;
	int ret;

	if (!mnl_nlmsg_seq_ok(nlh, handle->seq) ||
	    !mnl_nlmsg_portid_ok(nlh, handle->portid))
		return;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		x->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		x->verdict = read_ack(handle, nlh);
		x->done = true;
	} else if (nlh->nlmsg_type == NLMSG_DONE) {
		x->verdict = read_done(handle, nlh);
		x->done = true;
	} else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE) {
		ret = x->cb(handle, nlh, x->arg);
		if (!x->spoilt)
			x->spoilt = ret;
	}
}

static void take_datagram(struct exchange *x, int len)
{
	const struct nlmsghdr *nlh = &x->handle->answer.nlh;

	for (; tpn_message_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
		take_message(x, nlh);
}

static int run(struct exchange *x)
{
	struct tappin *handle = x->handle;
	ssize_t len;
	int ret;

	if (handle->refusal)
		return handle->refusal;
	handle->errmsg[0] = '\0';
	ret = send_request(handle);
	if (ret)
		return ret;
	while (!x->done) {
		len = tpn_receive(handle);
		if (len >= 0)
			take_datagram(x, len);
		else if (len == -EAGAIN)
			return tpn_error(handle, -ENOBUFS,
					 "the kernel's answer was lost");
		else if (len != -ENOBUFS)
			return tpn_error(handle, len, "netlink: receive: %s",
					 strerror(-len));
	}
	return x->verdict ? x->verdict : x->spoilt;
}

/*
 * tpn_explain() - see that an error has a sentence
 *
 * The module gives one with every refusal, so ENOENT without one is generic
 * netlink's own: it has no such family.
 */
int tpn_explain(struct tappin *handle, int err)
{
	if (!err || handle->errmsg[0])
		return err;
	if (err == -ENOENT)
		return tpn_error(handle, -EOPNOTSUPP,
				 "module tappin was unloaded: connect again");
	return tpn_error(handle, err, NULL);
}

int tpn_exchange(struct tappin *handle, tpn_message_cb cb, void *arg)
{
	struct exchange x = { .handle = handle, .cb = cb, .arg = arg };

	return run(&x);
}

int tpn_exchange_dump(struct tappin *handle, tpn_message_cb cb, void *arg)
{
	struct exchange x = { .handle = handle, .cb = cb, .arg = arg };
	int ret;

	handle->request.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	ret = run(&x);
	if (!ret && x.interrupted)
		return tpn_error(handle, -EINTR,
				 "the pins kept changing while being listed");
	return tpn_explain(handle, ret);
}
